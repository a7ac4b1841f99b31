"""HLS of low latency (RFC 8216bis): parts, their limits, and playlists that are asked for ahead of time."""

from __future__ import annotations

import asyncio
import re

import pytest

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h264.sps import parse_sps
from belvedere.cameras.mediaserver.gateway.h264.tests.test_h264 import PPS, SPS
from belvedere.cameras.mediaserver.gateway.outputs import hls as hls_module
from belvedere.cameras.mediaserver.gateway.outputs.files import find_file
from belvedere.cameras.mediaserver.gateway.outputs.hls import HlsOutput, WaitFor
from belvedere.cameras.mediaserver.gateway.outputs.segments import Segmenter
from belvedere.cameras.mediaserver.gateway.outputs.tests.test_hls import feed, filled, pictures, playlist


def feed_one(hls: Segmenter, unit: AccessUnit) -> None:
    feed(hls, [unit], ParameterSets([SPS, PPS]), reorder=0)


def parts_of(text: str) -> list[tuple[float, str]]:
    return [(float(n), name) for n, name in re.findall(r'#EXT-X-PART:DURATION=([\d.]+),URI="([^"]+)"', text)]


def hint_of(text: str) -> str:
    (name,) = re.findall(r'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="([^"]+)"\n\Z', text)
    return str(name)


def number_in(text: str, attribute: str) -> float:
    found = re.search(rf"{attribute}=([\d.]+)", text)
    assert found, text
    return float(found[1])


def test_parts_are_listed_as_they_come_and_make_up_their_segment() -> None:
    hls, listed = filled(25, 25), []
    for unit in pictures([24], begin=900_000 + 51 * 3600):
        feed_one(hls, unit)
        listed.append(len(hls.begun.parts) if hls.begun else 0)
    assert listed == [*(n // 5 for n in range(1, 25)), 0]
    text = playlist(hls)
    for segment in list(hls.segments)[1:]:
        names = [name for _, name in parts_of(text) if name in {part.name for part in segment.parts}]
        assert len(names) == 5
        found = [find_file(hls, name) for name in names]
        assert b"".join(data for data, _ in filter(None, found)) == segment.data


@pytest.mark.parametrize(("fps", "most"), [(1, 1), (5, 1), (8, 2), (10, 2), (12, 2), (15, 3), (25, 5), (30, 6)])
def test_no_part_is_longer_than_the_target_and_none_but_the_last_much_shorter(fps: int, most: int) -> None:
    hls, step = Segmenter(), 90_000 // fps
    feed(hls, pictures([4 * fps] * 4, step=step), ParameterSets([SPS, PPS]), reorder=0)
    text = playlist(hls)
    target = number_in(text, "PART-TARGET")
    for segment in list(hls.segments)[1:]:
        assert all(part.ticks / 90_000 <= target for part in segment.parts)
        assert all(part.ticks / 90_000 >= 0.85 * target for part in segment.parts[:-1])
        assert {part.ticks // step for part in segment.parts[:-1]} == {most}
    assert number_in(text, "PART-HOLD-BACK") >= 2 * target


def test_a_picture_that_stands_longer_than_a_part_raises_the_target_while_it_is_listed() -> None:
    hls = filled(25, 25)
    late = pictures([25] * 9, begin=900_000 + 50 * 3600 + 36_000)
    feed(hls, late[:40], ParameterSets([SPS, PPS]), reorder=0)
    assert number_in(playlist(hls), "PART-TARGET") == pytest.approx(0.4)
    feed(hls, late[40:], ParameterSets([SPS, PPS]), reorder=0)
    assert number_in(playlist(hls), "PART-TARGET") == pytest.approx(0.21)


def test_only_parts_with_a_key_frame_promise_a_beginning() -> None:
    text = playlist(filled(25, 25, 25))
    assert [line.endswith("INDEPENDENT=YES") for line in text.splitlines() if "EXT-X-PART:" in line] == [
        *[True, False, False, False, False] * 2
    ]


def test_parts_of_the_last_three_target_durations_are_listed() -> None:
    hls = filled(*[25] * 7)
    assert len(parts_of(playlist(hls))) == 3 * 5


def test_the_hint_names_the_part_that_comes_next_over_the_end_of_a_segment_too() -> None:
    hls, hints = filled(25, 25), []
    for unit in pictures([25, 25], begin=900_000 + 51 * 3600):
        hints.append(hint_of(playlist(hls)))
        feed_one(hls, unit)
    came = [part.name for segment in list(hls.segments)[2:] for part in segment.parts]
    assert sorted(set(hints), key=hints.index)[: len(came)] == came


def test_a_plain_playlist_has_no_parts_and_none_that_wait() -> None:
    hls = filled(25, 25, 25)
    text, _ = find_file(hls, "video.m3u8", parts=False) or (b"", "")
    assert b"PART" not in text
    assert b"BLOCK" not in text
    assert text.count(b"#EXTINF") == 3
    assert b"\nvideo.m3u8?parts=no\n" in (find_file(hls, "index.m3u8", parts=False) or (b"", ""))[0]


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> HlsOutput:
    monkeypatch.setattr(hls_module, "SEGMENT_SECONDS", 86_400.0)
    output = HlsOutput()
    filled(25, 25, hls=output.segmenter)
    return output


async def ask(output: HlsOutput, name: str = "video.m3u8", **query: str) -> asyncio.Task[tuple[bytes, str]]:
    asked = asyncio.create_task(output.file(name, "charlie", WaitFor.read(query)))
    for _ in range(5):
        await asyncio.sleep(0)
    return asked


def take(output: HlsOutput, units: list[AccessUnit]) -> None:
    """What `take` does of a stream whose pictures are in order."""
    sets, parameters = ParameterSets([SPS, PPS]), parse_sps(SPS)
    assert parameters is not None
    for unit in units:
        output.feed(unit, sets, parameters, 0)


async def test_a_playlist_that_is_asked_for_a_part_waits_for_it_and_no_longer(output: HlsOutput) -> None:
    asked = await ask(output, _HLS_msn="2", _HLS_part="1")
    units = pictures([25], begin=900_000 + 51 * 3600)
    take(output, units[:8])
    assert not asked.done()
    take(output, units[8:14])
    async with asyncio.timeout(30):
        text, _ = await asked
    begun = output.segmenter.begun
    assert begun is not None
    assert len(begun.parts) == 2
    assert begun.parts[1].name in text.decode()


async def test_a_part_that_a_finished_segment_does_not_have_is_the_first_of_the_next(output: HlsOutput) -> None:
    asked = await ask(output, _HLS_msn="1", _HLS_part="5")
    assert not asked.done()
    take(output, pictures([25], begin=900_000 + 51 * 3600)[:7])
    async with asyncio.timeout(30):
        assert await asked


async def test_a_part_that_was_only_announced_is_waited_for(output: HlsOutput) -> None:
    name = output.segmenter.next_part
    asked = await ask(output, name)
    assert not asked.done()
    take(output, pictures([25], begin=900_000 + 51 * 3600)[:7])
    async with asyncio.timeout(30):
        data, kind = await asked
    assert (data[4:8], kind) == (b"moof", "video/iso.segment")


@pytest.mark.parametrize("query", [{"_HLS_msn": "x"}, {"_HLS_msn": "1", "_HLS_part": "-1"}, {"_HLS_part": "3"}])
async def test_a_query_that_is_none_keeps_nobody_waiting(output: HlsOutput, query: dict[str, str]) -> None:
    async with asyncio.timeout(30):
        assert await output.file("video.m3u8", "charlie", WaitFor.read(query))
