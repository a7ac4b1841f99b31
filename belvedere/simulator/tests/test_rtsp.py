"""The test cameras, seen by PyAV as the product sees them."""

from __future__ import annotations

import asyncio
import itertools
from urllib.parse import quote

import av
import pytest

from belvedere.simulator.picture import DOOR, INSIDE
from belvedere.simulator.rtsp import Camera, packetize, serve_rtsp

PASSWORD = "p@ss:/%"


def _watch(url: str, frames: int) -> list[tuple[int | None, bytes, bool]]:
    """(pts, luma, key) of decoded frames; ffmpeg leaves the first ones of an RTSP stream without a time."""
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=30) as container:
        stream = container.streams.video[0]
        seen = []
        for frame in itertools.islice(container.decode(stream), frames):
            seen.append((frame.pts, bytes(frame.reformat(format="gray").planes[0]), frame.key_frame))
        return seen


def test_a_long_nal_unit_is_cut_into_fragments_that_give_it_back() -> None:
    nal = bytes([0x65]) + bytes(range(256)) * 20
    parts = packetize(nal)
    assert all(len(part) <= 1200 and part[0] & 0x1F == 28 for part in parts)
    assert parts[0][1] & 0x80
    assert parts[-1][1] & 0x40
    assert bytes([parts[0][0] & 0xE0 | parts[0][1] & 0x1F]) + b"".join(part[2:] for part in parts) == nal
    assert packetize(b"\x41short") == [b"\x41short"]


async def test_two_viewers_see_moving_pictures_with_a_key_frame_a_second() -> None:
    camera = Camera("door", DOOR, "admin", PASSWORD)
    async with serve_rtsp([camera, Camera("inside", INSIDE)]) as port:
        door = f"rtsp://admin:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/door"
        watching = [asyncio.to_thread(_watch, url, 32) for url in (door, f"rtsp://127.0.0.1:{port}/inside")]
        first, second = await asyncio.gather(*watching)
        for seen in (first, second):
            assert len({picture for _, picture, _ in seen}) > 20, "the picture does not move"
            assert [key for _, _, key in seen].count(True) in (2, 3)
            assert seen[0][2]
            times = [pts for pts, _, _ in seen if pts is not None]
            assert len(times) >= 28
            steps = {b - a for a, b in itertools.pairwise(times)}
            # 15 a second on a clock of 90 kHz; a busy encoder skips a picture rather than ages it.
            assert all(step > 0 and abs(step - 6_000 * round(step / 6_000)) <= 200 for step in steps), steps
        for _ in range(50):
            if not camera.viewers:
                break
            await asyncio.sleep(0.05)
        assert not camera.viewers, "a viewer that left is still served"


@pytest.mark.parametrize(
    ("user", "path"), [("admin:wrong@", "door"), ("", "door"), (f"admin:{quote(PASSWORD, safe='')}@", "attic")]
)
async def test_a_wrong_password_or_path_is_refused(user: str, path: str) -> None:
    async with serve_rtsp([Camera("door", DOOR, "admin", PASSWORD)]) as port:
        with pytest.raises(av.error.FFmpegError):
            await asyncio.to_thread(_watch, f"rtsp://{user}127.0.0.1:{port}/{path}", 1)


async def test_a_viewer_that_wants_udp_is_told_that_only_tcp_is_served() -> None:
    async with serve_rtsp([Camera("door", DOOR)]) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"SETUP rtsp://127.0.0.1/door/track0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP;unicast\r\n\r\n")
        assert await reader.readline() == b"RTSP/1.0 461 Unsupported Transport\r\n"
        writer.close()
