"""The sound beside the segments, and whether a foreign decoder plays it."""

from __future__ import annotations

import array
import asyncio
import io
import itertools
import math
import re
from dataclasses import replace
from functools import cache

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.outputs.files import find_file
from belvedere.cameras.mediaserver.gateway.outputs.hls_sound import HlsSound
from belvedere.cameras.mediaserver.gateway.outputs.rendition import Rendition
from belvedere.cameras.mediaserver.gateway.outputs.segments import Segmenter
from belvedere.cameras.mediaserver.gateway.outputs.tests.test_hls import encoded, feed, playlist
from belvedere.cameras.mediaserver.gateway.outputs.tests.test_listeners import g711, media
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.formats import Format, find_format, make_aac
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, Frame
from belvedere.cameras.mediaserver.gateway.sound.tests.test_sound import RATE, TONE_HERTZ, tone

BEGIN = 10  # seconds on the line, where `encoded` begins
SECONDS = 4


@cache
def opus() -> tuple[Media, list[Frame]]:
    """Four seconds of the tone, 20 ms a frame."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    frames = []
    for number in range(SECONDS * 50):
        times = (n / 48_000 for n in range(number * 960, number * 960 + 960))
        wave = (round(16_000 * math.sin(2 * math.pi * TONE_HERTZ * time)) for time in times)
        frame = av.AudioFrame("s16", "stereo", 960)
        frame.sample_rate = 48_000
        frame.planes[0].update(array.array("h", [value for value in wave for _ in range(2)]).tobytes())
        frames += [Frame(bytes(packet), (BEGIN * 50 + number) * 960) for packet in encoder.encode(frame)]
    return media("OPUS", 48_000), frames


def aac() -> tuple[Media, list[Frame]]:
    config, frames = tone(SECONDS)
    placed = [Frame(data, BEGIN * RATE + n * 1024) for n, data in enumerate(frames)]
    return media(AAC, RATE, config=config.hex()), placed


def segmented(described: Media, frames: list[Frame], hls: Segmenter | None = None) -> Segmenter:
    """Four seconds of pictures, with the sound as it would come between them; the first three are segments."""
    hls = hls or Segmenter()
    sound, waiting = HlsSound(hls.sound), list(frames)
    sound.begin(described)
    sets = ParameterSets()
    for unit in encoded(0):
        while waiting and waiting[0].ts / described.clock_rate < unit.ts / CLOCK_RATE:
            sound.hear(waiting.pop(0), is_watched=True)
        feed(hls, [unit], sets, reorder=0)
    return hls


def fetched(hls: Segmenter) -> bytes:
    """What a player would read: by the names in the playlists."""
    listed = re.search(r'URI="([\w.]+)"', playlist(hls, "index.m3u8"))
    assert listed is not None
    text = playlist(hls, listed[1])
    names = [*re.findall(r'MAP:URI="(.+)"', text), *re.findall(r"^\S+\.m4s$", text, re.MULTILINE)]
    found = [find_file(hls, name) for name in names]
    return b"".join(each[0] for each in found if each is not None)


def decoded(data: bytes) -> tuple[list[float], array.array[float], int]:
    """Times of the frames, one channel of the wave, and its rate."""
    times, wave, rate = [], array.array("f"), 0
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(audio=0):
            assert frame.time is not None
            times.append(frame.time)
            rate = frame.sample_rate
            wave.frombytes(bytes(frame.planes[0])[: 4 * frame.samples])  # planes of floats
    return times, wave, rate


def hertz(wave: array.array[float], rate: int) -> float:
    rising = sum(earlier < 0 <= later for earlier, later in itertools.pairwise(wave))
    return rising * rate / len(wave)


@pytest.mark.parametrize(("source", "name"), [(aac, "mp4a.40.2"), (opus, "Opus")])
def test_a_foreign_decoder_plays_the_sound_at_its_time(source: object, name: str) -> None:
    described, frames = source()  # type: ignore[operator]  # one of two functions
    hls = segmented(described, frames)
    assert f',{name}"' in playlist(hls, "index.m3u8")
    times, wave, rate = decoded(fetched(hls))
    assert times[0] == pytest.approx(BEGIN, abs=0.04)
    assert len(wave) / rate == pytest.approx(3, abs=0.1)
    steps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert steps == pytest.approx([steps[0]] * len(steps), abs=0.001)
    assert hertz(wave[rate // 2 : 2 * rate], rate) == pytest.approx(TONE_HERTZ, rel=0.02)


def test_the_playlist_of_the_sound_stands_beside_that_of_the_video() -> None:
    hls = segmented(*aac())
    master, video, sound = (playlist(hls, name) for name in ("index.m3u8", "video.m3u8", "sound.m3u8"))
    assert '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound"' in master
    assert ',AUDIO="sound"\nvideo.m3u8' in master
    heads = re.findall(r"#EXT-X-(?:TARGETDURATION|MEDIA-SEQUENCE|DISCONTINUITY-SEQUENCE).*", video)
    assert len(heads) == 3
    assert all(head in sound for head in heads)
    assert sound.count("#EXTINF:") == video.count("#EXTINF:") == 3
    durations = [float(text) for text in re.findall(r"#EXTINF:([\d.]+)", sound)]
    assert all(0.9 < seconds < 1.1 for seconds in durations)


def test_the_playlist_of_the_sound_has_parts_that_make_up_its_segments() -> None:
    hls = segmented(*aac())
    text = playlist(hls, "sound.m3u8")
    names = re.findall(r'#EXT-X-PART:DURATION=[\d.]+,URI="([^"]+)",INDEPENDENT=YES', text)
    for segment in list(hls.segments)[1:]:
        assert segment.sound is not None
        own = [part.name for part in segment.sound.parts]
        assert len(own) >= 4
        assert set(own) <= set(names)
        assert b"".join((find_file(hls, name) or (b"", ""))[0] for name in own) == segment.sound.data
    assert f'PRELOAD-HINT:TYPE=PART,URI="{hls.sound.next_part}"' in text
    assert "PART" not in (find_file(hls, "sound.m3u8", parts=False) or (b"", ""))[0].decode()


def test_a_segment_whose_last_part_was_full_has_sound_all_the_same() -> None:
    described, frames = aac()
    hls = segmented(described, [frame for frame in frames if frame.ts < (BEGIN + 1.1) * RATE])
    assert all(segment.sound is not None for segment in hls.segments)


def test_a_camera_without_sound_has_a_playlist_of_its_video_alone() -> None:
    hls = Segmenter()
    feed(hls, encoded(0), ParameterSets(), reorder=0)
    assert "AUDIO" not in playlist(hls, "index.m3u8")
    assert find_file(hls, "sound.m3u8") is None


def test_sound_that_stops_goes_on_as_silence_so_that_the_picture_does_not_wait_for_it() -> None:
    described, frames = aac()
    hls = segmented(described, frames[: RATE // 1024])
    _, wave, rate = decoded(fetched(hls))
    assert len(wave) / rate >= 2  # it may be late for a second
    assert max(map(abs, wave[: rate // 2])) > 0.1
    assert max(map(abs, wave[-rate // 2 :])) < 0.001


def test_a_camera_that_comes_back_without_sound_is_silent_for_those_who_heard_it() -> None:
    described, frames = aac()
    hls = segmented(described, frames)
    hls.restart()
    HlsSound(hls.sound).begin(None)
    units = [replace(unit, ts=unit.ts + 6 * CLOCK_RATE) for unit in encoded(0)]
    feed(hls, units, ParameterSets(), reorder=0)
    assert "AUDIO" not in playlist(hls, "index.m3u8")
    text = playlist(hls, "sound.m3u8")
    assert text.count("#EXTINF:") == playlist(hls).count("#EXTINF:")
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1


@pytest.mark.parametrize(("step", "count", "ends"), [(16, 20, 36), (-5, 30, 25)], ids=["missing", "twice"])
def test_what_is_missing_is_silence_and_what_overlaps_is_left_out(step: int, count: int, ends: int) -> None:
    described, frames = aac()
    later = [frame._replace(ts=frame.ts + step * 1024) for frame in frames[10:count]]
    times, wave, rate = decoded(fetched(segmented(described, [*frames[:10], *later])))
    assert times[-1] - times[0] == pytest.approx(len(wave) / rate, abs=0.1)
    loud = [at for at, value in enumerate(wave) if abs(value) > 0.1]
    assert loud[-1] / rate == pytest.approx(ends * 1024 / RATE, abs=0.07)


def cut_parts(frames: list[Frame], late_seconds: float) -> list[tuple[float, bytes, int]]:
    """Frames that come so late, in parts of a fifth of a second: when each was cut, its data, and where it lies."""
    form = find_format(aac()[0])
    assert form is not None
    rendition, waiting, parts = Rendition("x"), list(frames), []
    rendition.begin(form)
    rendition.mark_heard()
    for number in range(5 * 8):
        now = BEGIN + (number + 1) / 5
        while waiting and waiting[0].ts / RATE + late_seconds < now:
            rendition.add(waiting.pop(0))
        samples = rendition.cut(round((now - 0.2) * CLOCK_RATE), round(now * CLOCK_RATE), CLOCK_RATE, must=False)
        parts += [(now, sample.data, sample.dts) for sample in samples]
    return parts


def test_sound_that_is_late_is_waited_for_while_it_comes() -> None:
    frames = aac()[1]
    parts = cut_parts(frames, late_seconds=0.9)
    heard = [dts for _, data, dts in parts if data in {frame.data for frame in frames}]
    assert heard == [frame.ts for frame in frames]


def test_sound_that_has_stopped_is_silence_in_each_part() -> None:
    ends = {now: dts + 1024 for now, _, dts in cut_parts(aac()[1][:31], late_seconds=0.1)}
    behind = [now - end / RATE for now, end in ends.items() if now > BEGIN + 3.5]
    assert len(behind) > 20
    assert max(behind) < 0.1


def test_sound_that_begins_late_is_listed_when_players_find_some_wherever_they_begin() -> None:
    described, frames = aac()
    late = [frame for frame in frames if frame.ts > (BEGIN + 1.2) * RATE]
    hls = segmented(described, late)
    assert len(hls.segments) == 3
    assert "AUDIO" not in playlist(hls, "index.m3u8")
    assert f"#EXT-X-MEDIA-SEQUENCE:{hls.segments[1].number}\n" in playlist(hls, "sound.m3u8")


async def test_g711_is_made_to_aac_while_somebody_watches_and_is_silence_until_then() -> None:
    described, frames = g711()
    placed = [Frame(frame.data, frame.ts + BEGIN * 8000) for frame in frames]
    rendition = Rendition("x")
    sound = HlsSound(rendition)
    sound.begin(described)
    sound.hear(placed[0], is_watched=False)
    assert rendition.init is not None
    assert rendition.init.form.name == "mp4a.40.2"
    assert not rendition._waiting
    for frame in placed:
        sound.hear(frame, is_watched=True)
        async with asyncio.timeout(20):
            while sound._converter is not None and sound._converter._waiting:
                await asyncio.sleep(0)
    while len(rendition._waiting) < 25:
        await asyncio.sleep(0.001)
    sound.stop()
    assert rendition._waiting[0].ts == pytest.approx(BEGIN * 48_000, abs=1100)
    samples = rendition.cut(BEGIN * CLOCK_RATE, (BEGIN + 1) * CLOCK_RATE, 2 * CLOCK_RATE, must=True)
    assert sum(sample.duration for sample in samples) == pytest.approx(48_000, abs=1024)


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 1), (48_000, 2)])
def test_a_frame_of_silence_is_one_that_decoders_take(rate: int, channels: int) -> None:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, "mono" if channels == 1 else "stereo", "fltp"
    encoder.open()
    form = make_aac(bytes(encoder.extradata or b""))
    assert form is not None
    assert (form.rate, form.channels) == (rate, channels)
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = form.config
    for _ in range(3):
        (frame,) = decoder.decode(av.Packet(form.silence))
        assert (frame.samples, len(frame.layout.channels)) == (1024, channels)
        assert not any(bytes(frame.planes[0]))


def test_the_length_of_a_packet_of_opus_is_read_from_its_head() -> None:
    form = find_format(media("OPUS", 48_000))
    assert form is not None
    lengths = [form.count_samples(bytes.fromhex(text)) for text in ("f8fffe", "f9ff", "fb03", "1800", "80", "", "fb3f")]
    assert lengths == [960, 1920, 2880, 2880, 120, 0, 0]


@pytest.mark.parametrize("config", ["", "12", "2b8a", "1000", "1404", "140c", "1790000004"])
def test_aac_that_files_do_not_hold_as_it_is_has_no_format(config: str) -> None:
    assert make_aac(bytes.fromhex(config)) is None


@given(st.lists(st.tuples(st.integers(-(2**20), 2**20), st.binary(max_size=3)), max_size=40))
def test_whatever_comes_the_sound_has_no_hole_and_no_more_than_fits(frames: list[tuple[int, bytes]]) -> None:
    form = find_format(media("OPUS", 48_000))
    assert isinstance(form, Format)
    rendition, place = Rendition("x"), BEGIN * 48_000
    rendition.begin(form)
    rendition.add(Frame(form.silence, place))
    end: int | None = None
    for number, (step, data) in enumerate(frames):
        place += step
        rendition.add(Frame(data, place))
        start = (BEGIN + number) * CLOCK_RATE
        samples = rendition.cut(start, start + CLOCK_RATE, CLOCK_RATE * 3 // 2, must=True)
        assert sum(sample.duration for sample in samples) < 1.5 * 48_000
        for sample in samples:
            assert end in (None, sample.dts)
            end = sample.dts + sample.duration
