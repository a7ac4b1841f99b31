"""Reads the browser and the system out of a User-Agent header. Pure, without Django."""

from __future__ import annotations

import re

# In this order: later ones are named in the headers of earlier ones.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("coc_coc_browser", "Cốc Cốc"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Version", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def describe_agent(agent: str) -> str:
    """Such as "Firefox 145, Windows"; "" for a header that names neither."""
    found = ((name, re.search(rf"\b{token}[A-Za-z]*/(\d+)", agent)) for token, name in _BROWSERS)
    browser = next((f"{name} {match[1]}" for name, match in found if match), "")
    system = next((name for token, name in _SYSTEMS if token in agent), "")
    return ", ".join(filter(None, (browser, system)))
