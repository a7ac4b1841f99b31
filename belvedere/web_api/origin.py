"""The Origin rule: no page of another address changes anything here or opens a socket, whatever credentials it sends.

Browsers let any page send requests to us, with our cookies and with remembered Basic credentials, and name the page in
`Origin`. So an Origin that is sent must be ours. A program sends none; then something has to be sent that no page can
send by itself: a bearer token here, the CSRF token in a REST view, a device's credentials at the ingest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from belvedere.web_api.asgi import header_of
from belvedere.web_api.problems import Problem

SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_SENTENCE = "This request does not come from the dashboard's own page. Programs send a bearer token, and no Origin."


def is_our_host(host: str) -> bool:
    """Whether this `Host` is one of the names that people type for this server."""
    domain, _ = split_domain_port(host.lower())
    return validate_host(domain, settings.ALLOWED_HOSTS)


def is_our_origin(origin: str, host: str) -> bool:
    """Whether a page at this Origin was served under this `Host`, and by us.

    Compared as text, not parsed: what a parser makes of an odd Origin does not matter then. The scheme may be either,
    because a proxy in front may speak TLS.
    """
    origin, host = origin.lower(), host.lower()
    return is_our_host(host) and any(
        origin in (f"{scheme}://{host}", f"{scheme}://{host.removesuffix(port)}")
        for scheme, port in _DEFAULT_PORTS.items()
    )


def refuse_foreign_origin(origin: str, host: str) -> None:
    """Raises Problem where another page sends this. origin: "" for a program, which is let through."""
    if origin and not is_our_origin(origin, host):
        raise Problem(403, "bad_origin", _SENTENCE)


def check_origin(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """For what a cookie alone opens: a socket, a change without a CSRF token.

    Raises Problem unless our page sends it, or a program with a bearer token.
    """
    origin, host = header_of(headers, b"origin"), header_of(headers, b"host")
    refuse_foreign_origin(origin, host)
    bearer = header_of(headers, b"authorization").lower().startswith("bearer ")
    if not is_our_host(host) or not (origin or bearer):
        raise Problem(403, "bad_origin", _SENTENCE)
