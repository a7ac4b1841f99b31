"""Sound that waits while the machine is busy."""

from __future__ import annotations

import asyncio

import pytest

from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.converter import WAITING_SECONDS, Converter
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame
from belvedere.cameras.mediaserver.gateway.sound.transcoder import AAC_48K

RATE, SAMPLES = 8_000, 160  # frames of 20 ms
HELD = 10  # frames that encoder and resampler keep back until more comes
G711 = Media("audio", 8, "PCMA", RATE, "")


@pytest.mark.parametrize(("came", "kept"), [(2.0, 2.0), (10.0, WAITING_SECONDS)])
async def test_seconds_of_sound_that_come_at_once_are_converted_and_the_oldest_give_way(
    came: float, kept: float
) -> None:
    made: list[Frame] = []
    converter = Converter(G711, AAC_48K, made.append)
    converter.start()
    for number in range(round(came * RATE / SAMPLES)):
        converter.feed(Frame(bytes(SAMPLES), number * SAMPLES))
    end = came * AAC_48K.rate
    async with asyncio.timeout(30):
        while not made or made[-1].ts < end - HELD * AAC_48K.samples:
            await asyncio.sleep(0.01)
    converter.stop()
    assert made[0].ts == pytest.approx(end - kept * AAC_48K.rate, abs=HELD * AAC_48K.samples)
    assert len(made) * AAC_48K.samples == pytest.approx(kept * AAC_48K.rate, abs=HELD * AAC_48K.samples)
