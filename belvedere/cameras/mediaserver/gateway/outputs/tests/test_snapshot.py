"""The newest key frame as JPEG."""

from __future__ import annotations

import asyncio
import io
import itertools

import av
import pytest

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.outputs import snapshot
from belvedere.cameras.mediaserver.gateway.outputs.snapshot import SnapshotOutput
from belvedere.cameras.mediaserver.gateway.outputs.tests.test_hls import encoded
from belvedere.cameras.mediaserver.gateway.video import Video
from belvedere.cameras.mediaserver.port import Refused


def shown_by(output: SnapshotOutput, units: list[AccessUnit]) -> None:
    video = Video()
    for number, unit in enumerate(units):
        if video.apply(unit, number / 25):
            output.take(unit, video)


def luma(jpeg: bytes) -> tuple[int, int]:
    """Width, and how bright the middle is."""
    with av.open(io.BytesIO(jpeg), "r", format="jpeg_pipe") as container:
        (frame,) = container.decode(video=0)
    grey = frame.reformat(format="gray", src_color_range="JPEG", dst_color_range="JPEG")
    return grey.width, bytes(grey.planes[0])[grey.planes[0].line_size * 40 + 40]


async def test_it_is_the_newest_key_frame() -> None:
    output, units = SnapshotOutput(), encoded(0)
    shown_by(output, units[:60])  # key frames at 0, 25 and 50: each picture is brighter than the one before
    width, brightness = luma(await output.make())
    assert width == 96
    # What was drawn as 100 of 16..235 is 98 of 0..255.
    assert brightness == pytest.approx((50 * 2 - 16) * 255 / 219, abs=6)


async def test_it_is_decoded_once_a_second_at_most_and_not_again_for_the_same_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded = itertools.count(1)
    monkeypatch.setattr(snapshot, "decode", lambda _codec, _nals: b"%d" % next(decoded))
    output, units = SnapshotOutput(), encoded(0)
    shown_by(output, units[:25])
    assert [await output.make() for _ in range(3)] == [b"1"] * 3
    output.take(units[25], known_video())
    assert await output.make() == b"1"
    output._decoded_at -= snapshot.LEAST_SECONDS
    assert await output.make() == b"2"
    output._decoded_at -= snapshot.LEAST_SECONDS
    assert await output.make() == b"2"


def known_video() -> Video:
    video = Video()
    video.apply(encoded(0)[0], 0)
    return video


async def test_the_first_key_frame_is_waited_for_and_none_from_before_an_absence_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output, units = SnapshotOutput(), encoded(0)
    asked = asyncio.create_task(output.make())
    await asyncio.sleep(0)
    assert not asked.done()
    shown_by(output, units[:1])
    async with asyncio.timeout(30):
        assert luma(await asked)[0] == 96
    output.restart()
    monkeypatch.setattr(snapshot, "KEY_FRAME_SECONDS", 0.01)
    with pytest.raises(Refused):
        await output.make()


async def test_what_cannot_be_decoded_or_is_larger_than_any_screen_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    output, units = SnapshotOutput(), encoded(0)
    shown_by(output, units[:1])
    broken = AccessUnit([b"\x65\x00"], 0, key=True)
    output.take(broken, known_video())
    with pytest.raises(Refused):
        await output.make()
    monkeypatch.setattr(snapshot, "MAX_PIXELS", 96 * 96 - 1)
    shown_by(output, encoded(0)[:1])
    with pytest.raises(Refused):
        await output.make()
