"""/livez, /readyz and /metrics: what a supervisor, a balancer and a Prometheus ask."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping

from prometheus_client.core import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from belvedere.accounts.rights import RightsSource
from belvedere.web_api.asgi import Scope, Send, header_of, send_json, send_problem, send_whole
from belvedere.web_api.origin import is_our_host
from belvedere.web_api.problems import not_authenticated

# What a reverse proxy on this machine adds: behind one, everybody comes from loopback.
_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-real-ip"}


class HealthApp:
    """A plain ASGI app. unready: part -> why it does not work; {} when all is well.

    remarks: part -> what a person has to look at although everything serves. A restart mends none, so they are no 503.
    """

    def __init__(
        self,
        rights: RightsSource,
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
            await send_json(send, 200, {"status": "alive"})
        elif path == "/readyz":
            reasons = self._unready()
            status = "not ready" if reasons else "ready"
            await send_json(send, 503 if reasons else 200, {"status": status, **reasons, **self._remarks()})
        elif await self._may_see_metrics(scope):
            headers = {"content-type": CONTENT_TYPE_LATEST, "cache-control": "no-store"}
            await send_whole(send, 200, headers, generate_latest(self._registry))
        else:
            await send_problem(send, not_authenticated("Figures are for this machine, or with a bearer token."))

    async def _may_see_metrics(self, scope: Scope) -> bool:
        return _is_from_here(scope) or await self._rights.find(scope["headers"]) is not None


def _is_from_here(scope: Scope) -> bool:
    """Whether a program of this machine asks: no proxy's client, and no page of another name that leads here."""
    client, headers = scope.get("client"), scope["headers"]
    return (
        client is not None
        and _is_loopback(client[0])
        and not any(name in _FORWARDED for name, _ in headers)
        and is_our_host(header_of(headers, b"host"))
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
