"""/livez, /readyz and /metrics: what a supervisor, a balancer and a Prometheus ask."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from prometheus_client.core import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from belvedere.accounts import problems
from belvedere.accounts.rights import RightsCache

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
# What a reverse proxy on this machine adds: behind one, everybody comes from loopback.
_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-real-ip"}


class HealthApp:
    """A plain ASGI app. unready: part -> why it does not work; {} when all is well.

    remarks: part -> what a person has to look at although everything serves. A restart mends none, so they are no 503.
    """

    def __init__(
        self,
        rights: RightsCache,
        unready: Callable[[], Mapping[str, str]],
        remarks: Callable[[], Mapping[str, str]],
        figures: Collector,
    ) -> None:
        self._rights = rights
        self._unready = unready
        self._remarks = remarks
        self._registry = CollectorRegistry()
        self._registry.register(figures)

    async def __call__(self, scope: Scope, _receive: object, send: Send) -> None:
        """Answer one of the three."""
        path = scope["path"]
        if path == "/livez":
            await _send_json(send, 200, {"status": "alive"})
        elif path == "/readyz":
            reasons = self._unready()
            status = "not ready" if reasons else "ready"
            await _send_json(send, 503 if reasons else 200, {"status": status, **reasons, **self._remarks()})
        elif await self._may_see_metrics(scope):
            await _send(send, 200, CONTENT_TYPE_LATEST.encode(), generate_latest(self._registry))
        else:
            problem = problems.body(401, "not_authenticated", "Figures are for this machine, or with a bearer token.")
            await _send(send, 401, problems.CONTENT_TYPE.encode(), json.dumps(problem).encode())

    async def _may_see_metrics(self, scope: Scope) -> bool:
        return _is_from_here(scope) or await self._rights.of(scope["headers"]) is not None


def _is_from_here(scope: Scope) -> bool:
    """Whether a program of this machine asks: no proxy's client, and no page of another name that leads here."""
    client, headers = scope.get("client"), dict(scope["headers"])
    domain, _ = split_domain_port(headers.get(b"host", b"").decode("latin-1").lower())
    return (
        client is not None
        and _is_loopback(client[0])
        and not _FORWARDED & headers.keys()
        and validate_host(domain, settings.ALLOWED_HOSTS)
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _send_json(send: Send, status: int, body: dict[str, Any]) -> None:
    await _send(send, status, b"application/json", json.dumps(body).encode())


async def _send(send: Send, status: int, content_type: bytes, body: bytes) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
