"""Headers of the dashboard's files, beside those of WhiteNoise."""

from __future__ import annotations

from wsgiref.headers import Headers

# Names without a hash, by which a browser sees that there is a newer build: it asks for them each time.
REVALIDATED = ("/index.html", "/sw.js")


def add_file_headers(headers: Headers, _path: str, url: str) -> None:
    """Have a browser ask whether the file has changed before it uses its copy."""
    if url in REVALIDATED:
        headers["Cache-Control"] = "no-cache"
