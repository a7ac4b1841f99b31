"""Makes text of strangers safe to show within a sentence."""

from __future__ import annotations

MOST_CHARACTERS = 80


def escape(text: str) -> str:
    """Truncate the text, and escape control characters, bidirectional marks and lone surrogates.

    Letters of every language stay as they are.
    """
    cut = text[:MOST_CHARACTERS]
    if not cut.isprintable():
        cut = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
    return cut if len(text) <= MOST_CHARACTERS else cut + "…"


def quote(text: str) -> str:
    """Escape the text and put it between quotation marks."""
    return f'"{escape(text)}"'
