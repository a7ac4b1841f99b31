"""Text of strangers in our own sentences."""

from __future__ import annotations

MOST_CHARACTERS = 80


def visible(text: str) -> str:
    """Cut, with escapes for what could not be seen or would turn the sentence around it.

    Letters of every language stay as they are; control characters, bidi marks and lone surrogates do not.
    """
    cut = text[:MOST_CHARACTERS]
    if not cut.isprintable():
        cut = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
    return cut if len(text) <= MOST_CHARACTERS else cut + "…"


def quoted(text: str) -> str:
    """The same between quotation marks."""
    return f'"{visible(text)}"'
