"""/livez, /readyz and /metrics: what a supervisor, a balancer and a Prometheus ask."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from belvedere.config.wiring import Embedded

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Reading = tuple[str, str, str, float]  # name, help, "counter" or "gauge", value


class HealthApp:
    """A plain ASGI app over a running program."""

    def __init__(self, program: Embedded) -> None:
        self._program = program
        self._registry = CollectorRegistry()
        self._registry.register(ProgramCollector(program))

    async def __call__(self, scope: Scope, _receive: object, send: Send) -> None:
        """Answer one of the three."""
        path = scope["path"]
        if path == "/livez":
            await _send_json(send, 200, {"status": "alive"})
        elif path == "/readyz":
            reasons = self._program.unready()
            await _send_json(send, 503 if reasons else 200, {"status": "not ready" if reasons else "ready", **reasons})
        elif await self._may_see_metrics(scope):
            await _send(send, 200, CONTENT_TYPE_LATEST.encode(), generate_latest(self._registry))
        else:
            await _send_json(send, 401, {"detail": "Figures are for this machine, or with a bearer token."})

    async def _may_see_metrics(self, scope: Scope) -> bool:
        client = scope.get("client")
        if client and _is_loopback(client[0]):
            return True
        return await self._program.rights.of(scope["headers"]) is not None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class ProgramCollector(Collector):
    """Reads the counters of the running parts at each scrape."""

    def __init__(self, program: Embedded) -> None:
        self._program = program

    def collect(self) -> Iterator[Metric]:
        """Every figure, with its unit in the name."""
        for name, text, kind, value in self._program.figures():
            family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
            metric: Metric = family(f"belvedere_{name}", text, value=value)
            yield metric
        for name, text, label, values in self._program.labelled_figures():
            rows = CounterMetricFamily(f"belvedere_{name}", text, labels=[label])
            for key, value in values.items():
                rows.add_metric([key], value)
            yield rows


def p99(seconds: Iterable[float]) -> float:
    """The 99th percentile of recent durations; 0 with none."""
    known = list(seconds)
    return quantiles(known, n=100)[98] if len(known) > 1 else sum(known)


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
