"""Makes a camera's picture smaller, in the place of the pull of a sub stream that the camera has not got."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator

from belvedere.cameras.mediaserver.flv import Parameters, read_flv
from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE, AccessUnit
from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.ffmpeg import build_command, find_ffmpeg
from belvedere.cameras.mediaserver.gateway.outputs.feed import Feed
from belvedere.cameras.mediaserver.gateway.outputs.output import Output
from belvedere.cameras.mediaserver.gateway.pull import Pulling, Receiver
from belvedere.cameras.mediaserver.gateway.rtsp.client import Offer
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media

log = logging.getLogger(__name__)

MAIN_SECONDS = 15.0  # that a key frame of the main stream is waited for
STUCK_SECONDS = 60.0  # without a picture; no camera's are further apart
NICE = 5  # the pictures that are passed through come first
_OFFER = Offer(Media("video", 96, "H264", CLOCK_RATE, ""), "")

AddOutput = Callable[[Output], Callable[[], None]]


class Converters:
    """The places for programs that convert: one a core."""

    def __init__(self, places: int | None = None) -> None:
        self._free = places or os.cpu_count() or 1

    @contextlib.contextmanager
    def take(self) -> Iterator[None]:
        """Hold a place. Raises CameraError where there is none."""
        if self._free == 0:
            raise CameraError(Fault.CONVERTERS_BUSY)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class Conversion(Pulling):
    """Brings them from a program that is fed the main stream.

    add_output: hands an output the pictures of the main stream, and returns what takes it away again.
    """

    def __init__(self, name: str, add_output: AddOutput, converters: Converters, receiver: Receiver) -> None:
        super().__init__(f"smaller picture of {name}", receiver)
        self._add_output = add_output
        self._converters = converters

    async def _bring_until_lost(self) -> CameraError:
        feed = Feed()
        remove = self._add_output(feed)
        try:
            await self._wait_for_main(feed)
            with self._converters.take():
                await self._convert(feed)
        except CameraError as error:
            return error
        except OSError as error:
            log.warning("%s: ffmpeg cannot be started: %s", self._name, error)
        except Exception:  # the edge of this picture: the next attempt may go well
            log.exception("%s", self._name)
        finally:
            remove()
        return CameraError(Fault.CONVERTER_FAILED)

    async def _wait_for_main(self, feed: Feed) -> None:
        """Raises CameraError."""
        try:
            async with asyncio.timeout(MAIN_SECONDS):
                await feed.begun.wait()
        except TimeoutError as error:
            raise CameraError(Fault.MAIN_AWAY) from error

    async def _convert(self, feed: Feed) -> None:
        """Until it is lost. Raises CameraError."""
        program = await asyncio.to_thread(find_ffmpeg)
        if not program:
            raise CameraError(Fault.NO_CONVERTER)
        async with run_program(build_command(program, feed.height)) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            feed.connect(process.stdin)
            reading = asyncio.create_task(self._read(process.stdout, feed))
            ending = asyncio.create_task(feed.ended.wait())
            try:
                await asyncio.wait((reading, ending), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (reading, ending):
                    task.cancel()
            if reading.done() and not reading.cancelled():
                reading.result()
        raise CameraError(Fault.MAIN_AWAY if feed.ended.is_set() else Fault.CONVERTER_FAILED)

    async def _read(self, stream: asyncio.StreamReader, feed: Feed) -> None:
        """Hand the converted pictures on. Raises CameraError, also where none comes for long."""
        sets: list[bytes] = []
        pictures = read_flv(stream)
        while True:
            fed = feed.fed
            try:
                async with asyncio.timeout(STUCK_SECONDS):
                    found = await anext(pictures, None)
            except TimeoutError as error:
                raise CameraError(Fault.MAIN_AWAY if feed.fed == fed else Fault.CONVERTER_FAILED) from error
            if found is None:
                return
            if isinstance(found, Parameters):
                sets = [*found]
                self._receiver.begin(_OFFER)
            else:
                nals = [*sets, *found.nals] if found.key else found.nals
                self._receiver.take(AccessUnit(nals, found.time_ms * (CLOCK_RATE // 1000), found.key))


@contextlib.asynccontextmanager
async def run_program(command: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run it within the block. It ends with its input too, and so with this process, however that ends."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 20)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
