"""History reaches now, is dense where it is new, and says the same when sent twice."""

from __future__ import annotations

import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Thread
from typing import ClassVar

import pytest

from belvedere.domain.freshness import budget_seconds
from belvedere.simulator.history import BATCH_READINGS, encode_batches, send_history
from belvedere.simulator.scenarios import DeviceScript, coldstore

NOW = 1_763_900_003.0


def _times(device: DeviceScript, days: float, now: float = NOW) -> list[list[int]]:
    """Without values, which take most of the time: it does not depend on them when a device sends."""
    silent = device._replace(play=lambda _t: {})
    return [[r["ts"] for r in json.loads(body)["readings"]] for body in encode_batches(silent, now, days)]


def test_the_newest_batch_comes_first_and_each_batch_is_in_the_order_of_time() -> None:
    sent = _times(coldstore().devices[0], 7)
    assert 0 <= NOW * 1000 - sent[0][-1] < 5_000
    assert all(batch == sorted(batch) and len(batch) <= BATCH_READINGS for batch in sent)
    assert [batch[-1] for batch in sent] == sorted((batch[-1] for batch in sent), reverse=True)
    everything = [ts for batch in sent for ts in batch]
    assert len(everything) == len(set(everything))
    assert NOW - 7 * 86_400 <= min(everything) / 1000 <= NOW - 7 * 86_400 + 60


def test_a_slow_device_has_no_more_history_than_it_could_have_sent() -> None:
    slow = next(device for device in coldstore().devices if device.id == "nuoc-xa-da")
    hour = [ts for ts in _times(slow, 1)[0] if ts > (NOW - 3600) * 1000]
    assert min(b - a for a, b in pairwise(hour)) >= slow.interval_seconds * 1000


def test_the_whole_week_counts_as_fresh() -> None:
    """The page's ribbon asks for 80 % of the readings that are due once a budget."""
    for device in coldstore().devices:
        times = sorted(ts for batch in _times(device, 7) for ts in batch)
        budget = budget_seconds(None, int(device.interval_seconds * 1000), "temperature")
        assert max(b - a for a, b in pairwise(times)) <= budget * 1000 / 0.8


async def test_a_server_that_is_not_there_is_an_error_that_says_so() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        await send_history("http://127.0.0.1:9", [(coldstore().devices[0], "secret")], 0.1, NOW)
    assert "no answer from http://127.0.0.1:9" in str(caught.value.exceptions[0])


def test_sending_again_a_minute_later_repeats_the_same_readings() -> None:
    device = coldstore().devices[0]
    first = {ts for batch in _times(device, 2) for ts in batch if ts < (NOW - 90_000) * 1000}
    again = {ts for batch in _times(device, 2, NOW + 60) for ts in batch if ts < (NOW - 90_000) * 1000}
    assert len(again - first) == 0


def test_every_batch_fits_an_http_body() -> None:
    for device in coldstore().devices:
        assert max(len(body) for body in encode_batches(device, NOW, 2)) < 256 * 1024


class _Front(BaseHTTPRequestHandler):
    """Takes every batch, counts it, and is full once."""

    seen: ClassVar[list[str]] = []
    full_once: ClassVar[list[bool]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.full_once:
            self.full_once.append(True)
            self.send_response(503)
            self.send_header("Retry-After", "0")
            self.end_headers()
            return
        device = base64.b64decode(self.headers["Authorization"].split()[1]).decode().split(":")[0]
        readings = json.loads(body)["readings"]
        self.seen.append(device)
        answer = json.dumps({"stored": len(readings), "duplicate": 0, "rejected": []}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        pass


async def test_all_of_the_history_is_sent_over_a_full_server_and_counted() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Front)
    Thread(target=server.serve_forever, daemon=True).start()
    devices = [(device, "secret") for device in coldstore().devices[:3]]
    stored = await send_history(f"http://127.0.0.1:{server.server_port}", devices, 0.5, NOW)
    server.shutdown()
    assert stored == sum(len(batch) for device, _ in devices for batch in _times(device, 0.5))
    assert set(_Front.seen) == {device.id for device, _ in devices}
    # Round by round: after the first batches every device has its newest hours.
    assert set(_Front.seen[:6]) == set(_Front.seen)
