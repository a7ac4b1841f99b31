"""User names that a reader would take for each other. No Django here.

Compared are the letters that Latin, Cyrillic and Greek share in print (a selection of the confusables of Unicode
TS 39), after NFKC and case folding. Letters with Vietnamese marks are letters of their own.
"""

from __future__ import annotations

import unicodedata

_CYRILLIC = str.maketrans("авекмнорстухіјѕԁһԛԝѵгьӏ", "abekmhopctyxijsdhqwvrbl")
_GREEK = str.maketrans("αβγεζηικμνορστυχωϲϳ", "abyeznikuvopotuxwcj")
_GREEK_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "abezhikmnoptyxc")
# Casing makes I of i, and I looks like l.
_LATIN = str.maketrans("i1ı|0ɑɡ", "lllloag")

_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")


def normalized(name: str) -> str:
    """As names are kept: composed, since keyboards differ in how they send a letter with a mark."""
    return unicodedata.normalize("NFKC", name.strip())


def name_key(name: str) -> str:
    """The same for all names that must not stand beside each other."""
    folded = unicodedata.normalize("NFKC", normalized(name).casefold())
    return folded.translate(_CYRILLIC).translate(_GREEK).translate(_LATIN)


def look_alike_keys(name: str) -> set[str]:
    """What a new name could be taken for: Greek capitals look like other letters than small ones."""
    return {name_key(name), name_key(normalized(name).translate(_GREEK_CAPITALS))}


def is_mixed(name: str) -> bool:
    """Whether letters of two of the scripts that look alike stand in one name."""
    words = (unicodedata.name(char, "").partition(" ")[0] for char in normalized(name))
    return len({word for word in words if word in _SCRIPTS}) > 1
