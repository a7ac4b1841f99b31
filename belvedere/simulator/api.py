"""A small blocking client of the REST API, as any program outside would write it (standard library only)."""

from __future__ import annotations

import base64
import http.cookiejar
import json
import urllib.error
import urllib.request
from typing import Any


class ApiError(Exception):
    """The server refused a call. status: HTTP code, 0 when it did not answer; problem: its problem+json, if any."""

    def __init__(self, method: str, path: str, status: int, problem: Any) -> None:
        detail = problem.get("detail") if isinstance(problem, dict) else problem
        super().__init__(f"{method} {path} answered {status}: {detail}" if status else f"{method} {path}: {detail}")
        self.status = status
        self.problem = problem


class Api:
    """Calls below /api/v1 with a bearer token, or with the session that `setup` opened."""

    def __init__(self, url: str, token: str = "", timeout_seconds: float = 30) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.timeout_seconds = timeout_seconds
        self.cookies = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies)).open

    def _make_headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        for cookie in self.cookies:
            if cookie.name == "csrftoken":
                headers |= {"X-CSRFToken": cookie.value or "", "Origin": self.url, "Referer": self.url + "/"}
        return headers

    def raw(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, body, headers (names in lower case). Raises OSError when nobody answers."""
        request = urllib.request.Request(  # noqa: S310  (the caller's own server, given on its command line)
            self.url + path, data=body, method=method, headers={**self._make_headers(), **(headers or {})}
        )
        try:
            with self._open(request, timeout=self.timeout_seconds) as answer:
                return answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()}
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), {k.lower(): v for k, v in error.headers.items()}

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """The decoded answer of /api/v1/`path`. Raises ApiError unless the server answered 2xx."""
        data = None if body is None else json.dumps(body).encode()
        try:
            status, answer, _ = self.raw(method, "/api/v1/" + path, data, headers)
        except OSError as error:
            raise ApiError(method, path, 0, f"no answer from {self.url} ({error})") from error
        try:
            decoded = json.loads(answer) if answer else None
        except ValueError:
            decoded = answer[:200].decode(errors="replace")
        if not 200 <= status < 300:
            raise ApiError(method, path, status, decoded)
        return decoded

    def get(self, path: str) -> Any:
        """GET, decoded."""
        return self.call("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        """POST, decoded."""
        return self.call("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """PATCH, decoded."""
        return self.call("PATCH", path, body)


def make_basic_auth(device: str, secret: str) -> dict[str, str]:
    """The header with which a device sends readings over HTTP."""
    return {"Authorization": "Basic " + base64.b64encode(f"{device}:{secret}".encode()).decode()}
