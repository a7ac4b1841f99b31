"""History reaches now, is dense where it is new, and says the same when sent twice."""

from __future__ import annotations

import json
from itertools import pairwise

from belvedere.simulator.history import BATCH_READINGS, batches
from belvedere.simulator.scenarios import DeviceScript, coldstore

NOW = 1_763_900_003.0


def _times(device: DeviceScript, days: float, now: float = NOW) -> list[list[int]]:
    return [[r["ts"] for r in json.loads(body)["readings"]] for body in batches(device, now, days)]


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


def test_sending_again_a_minute_later_repeats_the_same_readings() -> None:
    device = coldstore().devices[0]
    first = {ts for batch in _times(device, 2) for ts in batch if ts < (NOW - 90_000) * 1000}
    again = {ts for batch in _times(device, 2, NOW + 60) for ts in batch if ts < (NOW - 90_000) * 1000}
    assert len(again - first) == 0


def test_every_batch_fits_an_http_body() -> None:
    for device in coldstore().devices:
        assert max(len(body) for body in batches(device, NOW, 2)) < 256 * 1024
