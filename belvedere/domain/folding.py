"""Texts as people type them in a hurry."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_KEPT = 65_536  # names repeat: "temperature" 3,000 times


@lru_cache(_KEPT)
def fold(text: str) -> str:
    """Without case and accents: `Kho Đông` and `kho dong` are one. The dashboard's lib/fold.ts does the same."""
    letters = unicodedata.normalize("NFKD", text.casefold()).replace("đ", "d")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
