"""Mask credentials inside a camera's address: `/live?user=a&password=b`, `/user=a_password=b_stream=0.sdp`.

People see the address with `***` in place of each credential; the whole address is stored encrypted. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

MASK = "***"

_NAMES = (
    r"user(?:name)?|usr|login(?:use|pas)?|pass(?:word|wd|wrd)?|pwd|psw|"
    r"token|auth(?:basic|orization)?|(?:api)?key|secret|sig(?:nature)?|session(?:id)?"
)
# The name may follow a word (`access_token=`), never a letter (`monkey=`). In a path `_` parts fields; in a query it
# does not, for tokens hold it, and so they do `/`.
_IN_PATH = re.compile(rf"(?<![A-Za-z0-9])({_NAMES})=((?:(?!_[A-Za-z]+=)[^/&;])*)", re.IGNORECASE)
_IN_QUERY = re.compile(rf"(?<![A-Za-z0-9])({_NAMES})=([^&;]*)", re.IGNORECASE)


class UnknownSecretError(Exception):
    """The edited address has a mask for which nothing is stored. The message is the field's name."""

    permanent = True


def _replace_secrets(url: str, by: Callable[[str, str], str]) -> str:
    """Replace the value of each credential in the URL. by: (name in lower case, value) -> new value."""

    def replace_one(match: re.Match[str]) -> str:
        return f"{match[1]}={by(match[1].lower(), match[2])}"

    path, mark, query = url.partition("?")
    return _IN_PATH.sub(replace_one, path) + mark + _IN_QUERY.sub(replace_one, query)


def mask_url(url: str) -> str:
    """Replace each credential by `***`."""
    return _replace_secrets(url, lambda _name, value: MASK if value else "")


def hide_path(url: str) -> str:
    """Replace the whole path by `***`, as viewers see it: any part of a path may be a credential."""
    scheme, mark, rest = url.partition("://")
    end = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    return f"{scheme}{mark}{rest[:end]}/" + (MASK if rest[end:] not in ("", "/") else "")


def is_masked(url: str) -> bool:
    """Return whether the URL has a mask in place of a credential."""
    return bool(_collect_secrets(url, only=MASK))


def unmask_url(url: str, stored: str) -> str:
    """Put the stored credentials back in place of the masks. Raises UnknownSecretError."""
    known = _collect_secrets(stored)
    seen: dict[str, int] = defaultdict(int)

    def restore(name: str, value: str) -> str:
        place, seen[name] = seen[name], seen[name] + 1
        if value != MASK:
            return value
        if place >= len(known[name]):
            raise UnknownSecretError(name)
        return known[name][place]

    return _replace_secrets(url, restore)


def _collect_secrets(url: str, only: str = "") -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)

    def collect(name: str, value: str) -> str:
        if not only or value == only:
            found[name].append(value)
        return value

    _replace_secrets(url, collect)
    return found
