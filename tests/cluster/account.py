"""What must be true once a load has ended: every reading is there once, in every place, and so is every alert."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.cluster.driving import until
from tests.cluster.folding import fold_all
from tests.cluster.pages import list_webs, read_page
from tests.cluster.under_load import Load
from tests.faults.ledger import Verdict, compare_readings, expected_states
from tests.faults.traffic import Recorder
from tests.live.alert_socket import AlertSocket
from tests.live.server import House

HOUR_MS = 3_600_000


async def check_account(load: Load) -> None:
    """After the last acknowledgement."""
    await until(lambda: load.find_lag() == 0, "all is processed")
    await until(lambda: not list_stale(load), "each web process shows the newest values")
    values = await asyncio.to_thread(_check_readings, load)
    await asyncio.to_thread(_check_log, load)
    await fold_all(load.stack)
    assert await asyncio.to_thread(_check_readings, load) == values
    # Each rule that waits for a silence has told the one after the last reading, and none before.
    silent = len(load.recorders)
    await until(lambda: _count_silences(load) >= silent, "the true silences are told")
    events = await asyncio.to_thread(_list_new_events, load)
    for recorder in load.recorders:
        mine = [one for one in events if one["alert"]["device"] == recorder.device]
        states = [one["alert"]["state"] for one in mine if one["alert"]["rule"] not in load.silences]
        assert states == expected_states(values[recorder.device]), recorder.device
        assert [one["kind"] for one in mine if one["alert"]["rule"] in load.silences] == ["opened"], recorder.device
    assert [one["seq"] for one in events] == list(range(load.first_seq + 1, load.first_seq + 1 + len(events)))
    for socket in load.sockets:
        await _check_socket(socket, load.first_seq, events)
    assert list_stale(load) == []
    assert load.pages.steps_back == [], "no page shows an older value after a newer one"


def list_stale(load: Load) -> list[str]:
    """The web processes that show another value of a device than the last one that it sent."""
    newest = {
        load.house.series_of(one.device)["temperature"]: (one.base_ms + one.sent - 1, one.value(one.sent - 1))
        for one in load.recorders
    }
    return [url for url in list_webs(load.house) if not newest.items() <= read_page(load.house, url).items()]


def _check_readings(load: Load) -> dict[str, list[float]]:
    """The stored values of each device."""
    values = {}
    for recorder in load.recorders:
        verdict, values[recorder.device] = compare_readings(load.house, recorder)
        assert verdict == Verdict(0, 0, 0, 0), recorder.device
        assert len(values[recorder.device]) == recorder.sent
        assert _count_in_buckets(load.house, recorder) == recorder.sent
    return values


def _count_in_buckets(house: House, recorder: Recorder) -> int:
    """How many readings the minutes of the chart have counted."""
    series = house.series_of(recorder.device)["temperature"]
    begin = recorder.base_ms // 60_000 * 60_000
    history = house.api.get(f"series/{series}/history?from={begin - HOUR_MS}&to={begin + 7 * HOUR_MS}&points=10")
    assert history["tier"] != "raw", history["tier"]
    return int(sum(history["n"]))


def _check_log(load: Load) -> None:
    """Each reading was written once."""
    counts = load.log_copy.count()
    for recorder in load.recorders:
        series = load.house.series_of(recorder.device)["temperature"]
        written = [counts[series, recorder.base_ms + number] for number in range(recorder.sent)]
        assert written == [1] * recorder.sent, f"{recorder.device}: {sum(written)} rows of {recorder.sent} readings"


async def _check_socket(socket: AlertSocket, first_seq: int, events: list[dict[str, Any]]) -> None:
    """Each alert was shown once, and as it stands in the log."""
    expected = [(one["seq"], one["kind"]) for one in events]
    await until(lambda: socket.seq >= expected[-1][0], "the socket lacks alerts")
    last = expected[-1][0]
    shown = [(one["seq"], one["kind"]) for one in socket.events if first_seq < one["seq"] <= last]
    assert shown == expected, f"each alert is shown once at {socket.url}"


def _list_new_events(load: Load) -> list[dict[str, Any]]:
    return load.house.events(load.first_seq)


def _count_silences(load: Load) -> int:
    return sum(1 for one in _list_new_events(load) if one["alert"]["rule"] in load.silences)
