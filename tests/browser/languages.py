"""Tells Vietnamese from English: by the build of Vietnamese syllables and by the two catalogues of the dashboard."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parents[2] / "web/src/locales"


def _split(words: str) -> list[str]:
    return words.split()


# A Vietnamese syllable without marks is one of these beginnings and one of these endings; no English word over two
# letters is, but by chance ("then", "hang").
_BEGINNINGS = ["", *_split("b c ch d g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x")]
_ENDINGS = _split(
    "a e i o u y ai ao au ay am an ang anh ac ach at ap eo em en eng et ec ep ia iu iec iem ien ieng iet im in ip inh "
    "ich it oa oai oan oang oanh oat oc oi om on ong op ot oe ua ue ui um un ung uong uoc up uy uya uyen uyet ut uoi "
    "uon uou yen"
)
_SYLLABLES = frozenset(begin + end for begin in _BEGINNINGS for end in _ENDINGS)
_VIETNAMESE_LETTER = re.compile(r"[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]", re.IGNORECASE)
_ADDRESS = re.compile(r"\w+://\S+|\S+@\S+|\b[A-Z]\w+/\w+|\w{5,}/\w+")
_WORD = re.compile(r"[^\W\d_]+")
_ENTRY = re.compile(r'(?:msgctxt ((?:".*"\n)+))?msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)')
_PLACE = re.compile(r"\{\w+, plural, (?:one \{(?:[^{}]|\{\w+\})*\} )?other \{((?:[^{}]|\{\w+\})*)\}\}")

# Names and terms that both languages have.
SHARED = frozenset(
    _split("""belvedere camera cameras video byte bytes kib mib mili mail web api http https localhost mqtt rtsp rtsps
    webrtc websocket hls ll dash turn stun aac opus mediamtx vlc obs whip bearer flycam
    udp tcp tls ntp utc json utf unix rfc csv ts readings values true false will status online
    offline baseline tasmota esphome arduino python curl esp ctrl shift esc tab enter hanh vi en fps kbit mbit chromium
    chrome headless linux windows firefox safari iphone android bangkok am pm ch cn tp hz khz lx ppm kwh kw hpa rh kb
    digest profile ampe miliampe wat miliwat celsius kelvin fahrenheit siemens decisiemens milisiemens microsiemens
    mol mmol milimol mg
    miligam cm mm km ds ms mw db dbm asia""")
)

# What a language is called in a list of languages: in its own words.
AUTONYMS = ("Tiếng Việt", "English")
# Places, addresses of cameras and options of the command line that stand as they are in both.
EXAMPLES = (
    "--media-server",
    "--mediamtx-rtsp",
    "Hà Nội",
    "Ho Chi Minh",
    "Hikvision …/102 · Dahua …subtype=1 · Reolink …/h264Preview_01_sub · TP-Link …/stream2",
)


@cache
def catalogue(language: str) -> dict[tuple[str, str], str]:
    """(context, English text as in the code) -> the words in a language."""

    def text(block: str) -> str:
        return "".join(json.loads(line) for line in block.split("\n") if line)

    po = (LOCALES / f"{language}.po").read_text(encoding="utf-8")
    found = {(text(context), text(key)): text(words) for context, key, words in _ENTRY.findall(po)}
    del found["", ""]
    return found


def words_of(language: str, english: str, context: str = "") -> str:
    """What a text of the code is in a language."""
    return catalogue(language)[context, english] or english


def plain(message: str) -> str:
    """The words of a message: without the names of its values."""
    return re.sub(r"\{\w+\}", " ", _PLACE.sub(r"\1", message)).replace("#", " ")


@cache
def _vocabulary(language: str) -> frozenset[str]:
    return frozenset(
        word.lower()
        for (_, english), words in catalogue(language).items()
        for word in _WORD.findall(plain(words or english))
    )


def foreign_words(text: str, language: str, names: Collection[str] = ()) -> list[str]:
    """The words of a text that are of the other language; names are of none."""
    if text in AUTONYMS:
        return []
    text = _ADDRESS.sub(" ", text)
    for name in sorted((*names, *EXAMPLES), key=len, reverse=True):
        text = text.replace(name, " ")
    is_foreign = _is_english if language == "vi" else _is_vietnamese
    return [word for word in _WORD.findall(text) if word.lower() not in SHARED and is_foreign(word.lower())]


def _is_english(word: str) -> bool:
    if len(word) == 1 or not word.isascii():
        return False
    return word not in _SYLLABLES or word in _vocabulary("en") - _vocabulary("vi")


def _is_vietnamese(word: str) -> bool:
    return bool(_VIETNAMESE_LETTER.search(word)) or word in _ascii_vietnamese()


@cache
def _ascii_vietnamese() -> frozenset[str]:
    """Words without marks that only the Vietnamese catalogue has: "cho", "trong"."""
    return frozenset(word for word in _vocabulary("vi") - _vocabulary("en") if word.isascii() and len(word) > 1)
