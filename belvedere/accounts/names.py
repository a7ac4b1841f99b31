"""Finds user names that look alike. Pure, without Django.

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


def normalize_name(name: str) -> str:
    """The form in which names are stored: composed (NFKC), since keyboards send letters with marks in several ways."""
    return unicodedata.normalize("NFKC", name.strip())


def name_key(name: str) -> str:
    """A key that is equal for names that look alike."""
    folded = unicodedata.normalize("NFKC", normalize_name(name).casefold())
    return folded.translate(_CYRILLIC).translate(_GREEK).translate(_LATIN)


def look_alike_keys(name: str) -> set[str]:
    """The keys of names that look like this one. There are two, since Greek capitals look unlike the small letters."""
    return {name_key(name), name_key(normalize_name(name).translate(_GREEK_CAPITALS))}


def is_mixed(name: str) -> bool:
    """Whether the name has letters of more than one of the scripts Latin, Cyrillic and Greek."""
    words = (unicodedata.name(char, "").partition(" ")[0] for char in normalize_name(name))
    return len({word for word in words if word in _SCRIPTS}) > 1
