"""What MediaMTX says of a camera that comes to it without the gateway, and what that means. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from urllib.parse import quote

import msgspec

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.mediamtx.place import PUBLISHER
from belvedere.cameras.mediaserver.offers import take_offer
from belvedere.cameras.mediaserver.port import MAIN, SUB, CameraSource, CameraStatus, Refused, Way
from belvedere.cameras.mediaserver.publishing import path_of
from belvedere.cameras.mediaserver.refusals import Refusal

SILENT_SECONDS = 10.0  # as the gateway: without a byte for so long it is not live
SEARCHED_SECONDS = 10.0  # after so long without a picture it counts as offline
_MAIN_PROFILE = 1  # of H.265: which one it is MediaMTX does not say in numbers
_VIDEO = {"H264": "H264", "H265": "H265", "M-JPEG": "JPEG", "AV1": "AV1", "VP8": "VP8", "VP9": "VP9"}
_SOUND = {"Opus": "OPUS", "G722": "G722", "G711": "PCMA", "MPEG-4 Audio": "MPEG4-GENERIC"}


class _Size(msgspec.Struct):
    width: int = 0
    height: int = 0


class _Track(msgspec.Struct, rename="camel"):
    codec: str
    codec_props: _Size | None = None


class Path(msgspec.Struct, rename="camel"):
    """Of `GET /v3/paths/list`. tracks2, inbound_bytes: of 1.19 and later."""

    name: str
    ready: bool
    tracks: list[str] = []
    tracks2: list[_Track] = []
    bytes_received: int = 0
    inbound_bytes: int = 0


class Paths(msgspec.Struct):
    """The answer."""

    items: list[Path]


def make_paths(cameras: Iterable[CameraSource], served: Collection[str]) -> dict[str, str]:
    """Return the source of each path. served: ids of cameras that come to MediaMTX without the gateway."""
    paths: dict[str, str] = {}
    for camera in cameras:
        is_pulled_there = camera.id in served and camera.way != Way.PUSH
        for source, url, is_wanted in ((MAIN, camera.url, True), (SUB, camera.sub_url, camera.has_sub)):
            if is_wanted:
                paths[path_of(camera.id, source)] = _write_address(camera, url) if is_pulled_there else PUBLISHER
    return paths


def _write_address(camera: CameraSource, url: str) -> str:
    """Return the address with the log-in in it."""
    if not camera.username:
        return url
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{quote(camera.username, safe='')}:{quote(camera.password, safe='')}@{rest}"


class ServedCamera:
    """One camera, as it is seen from look to look. now: seconds, monotonic; now_ms: Unix."""

    def __init__(self, source: CameraSource, now: float, now_ms: int) -> None:
        self.source = source
        self.status = CameraStatus(since_ms=now_ms)
        self._bytes = -1
        self._moved_at = self._absent_since = now

    def observe(self, paths: dict[str, Path], elsewhere: CameraStatus | None, now: float, now_ms: int) -> CameraStatus:
        """Take in what is there now, and return the status. elsewhere: what the gateway sees of this camera."""
        path = paths.get(self.source.id)
        missing = self._find_fault(path, now)
        if missing is None:
            self._say("live", None, now_ms)
        else:
            is_new = self.source.way != Way.PUSH and now - self._absent_since < SEARCHED_SECONDS
            self._say("connecting" if is_new else "offline", _explain(missing, elsewhere), now_ms)
        if path is not None and path.ready:
            self.status = _describe(self.status, path)
        if self.source.sub_url:
            sub = paths.get(f"{self.source.id}/{SUB}")
            seen = self.status.sub or CameraStatus()
            seen = _describe(seen, sub) if sub is not None and sub.ready else seen
            self.status = replace(
                self.status, sub=replace(seen, state="live" if sub is not None and sub.ready else "idle")
            )
        return self.status

    def is_missing(self, now: float) -> bool:
        """Whether the gateway should look why its picture has not come for so long."""
        return (
            self.source.way != Way.PUSH and self.status.state != "live" and now - self._absent_since >= SEARCHED_SECONDS
        )

    def admit(self, offer: str, source: str) -> str:
        """Return a viewer's offer as MediaMTX may answer it; "" for HLS. Raises Refused where no picture would come."""
        if source == SUB and not self.source.sub_url:
            raise Refused(refusals.NO_SUB)
        if source != SUB and self.status.state != "live":
            code, reason = (
                self.status.code or refusals.NOT_READY.code,
                self.status.reason or refusals.NOT_READY.sentence,
            )
            raise Refused(Refusal(code, reason, 503))
        seen = self.status.sub if source == SUB and self.status.sub is not None else self.status
        refusal = refusals.codec_refusal(seen.codec)
        if refusal is not None:
            raise Refused(refusal)
        return take_offer(offer, seen.codec or "H264", _MAIN_PROFILE) if offer else offer

    def _find_fault(self, path: Path | None, now: float) -> Refusal | None:
        if path is None or not path.ready:
            self._bytes = -1
            return refusals.NOT_PUBLISHED if self.source.way == Way.PUSH else refusals.SERVER_HAS_NONE
        received = max(path.inbound_bytes, path.bytes_received)
        if received != self._bytes:
            self._bytes, self._moved_at = received, now
        if now - self._moved_at > SILENT_SECONDS:
            return refusals.STOPPED
        self._absent_since = now
        return None

    def _say(self, state: str, fault: Refusal | None, now_ms: int) -> None:
        since_ms = self.status.since_ms if state == self.status.state else now_ms
        code, reason = (fault.code, fault.sentence) if fault is not None else ("", "")
        if state == "connecting" and fault is refusals.SERVER_HAS_NONE:
            code = reason = ""  # it has only just been asked
        self.status = replace(self.status, state=state, code=code, reason=reason, since_ms=since_ms)


def _explain(fault: Refusal, elsewhere: CameraStatus | None) -> Refusal:
    """Return why, as far as the gateway has found out."""
    if fault is not refusals.SERVER_HAS_NONE or elsewhere is None:
        return fault
    if elsewhere.state == "live":
        return refusals.ONLY_SERVER_HAS_NONE
    return Refusal(elsewhere.code, elsewhere.reason, 503) if elsewhere.code else fault


def _describe(status: CameraStatus, path: Path) -> CameraStatus:
    """Return the status with what the path says of its tracks."""
    codec = next((_VIDEO[track] for track in path.tracks if track in _VIDEO), "")
    audio = next((_SOUND[track] for track in path.tracks if track in _SOUND), "")
    size = next((track.codec_props for track in path.tracks2 if track.codec in _VIDEO), None) or _Size()
    return replace(status, codec=codec, audio=audio, sound=bool(audio), width=size.width, height=size.height)
