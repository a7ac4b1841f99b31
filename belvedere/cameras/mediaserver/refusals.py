"""Why a camera cannot be watched, or not in some way: a stable code, a sentence for people, an HTTP status."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """status: of the HTTP answer."""

    code: str
    sentence: str
    status: int = 409

    @property
    def permanent(self) -> bool:
        """Return whether asking again would get the same answer."""
        return self.status != 503


H265 = Refusal(
    "h265",
    "This camera sends H.265, which this browser cannot show. Watch its substream instead, set to H.264.",
)
SOME_BROWSERS = "Some browsers cannot show this camera's H.265. Set its substream to H.264 for them."
NO_H264 = Refusal("no_h264", "This camera sends {codec}, which browsers cannot show. Set its substream to H.264.")
B_FRAMES = Refusal(
    "b_frames",
    "This camera sends B-frames, which WebRTC cannot show: it plays by HLS, a few seconds later. "
    "Switch B-frames off, or choose the Baseline profile.",
)
OFFLINE = Refusal("camera_offline", "The camera is not there just now. {reason}", 503)
NOT_READY = Refusal("camera_connecting", "The camera has just been connected: its first picture is on its way.", 503)
NO_H264_OFFERED = Refusal("offer_without_h264", "This browser's offer has no H.264 video.", 406)
BAD_OFFER = Refusal("bad_offer", "This is no WebRTC offer.", 400)
TOO_MANY_VIEWERS = Refusal("too_many_viewers", "This camera has as many viewers as it can serve. Try again later.", 503)
TOO_MANY_OF_YOURS = Refusal(
    "too_many_of_yours",
    "As many pictures are open from this account or address as one may have. Close some, or watch by HLS.",
    503,
)
NO_SESSION = Refusal("no_session", "This session has ended.", 404)
NO_SUB = Refusal("no_sub", "This camera has no sub stream.", 404)
NO_FILE = Refusal("no_file", "This part of the stream is gone.", 404)
SERVER_DOWN = Refusal("media_server_down", "The camera service is being started again.", 503)
NEEDS_MEDIAMTX = Refusal(
    "needs_mediamtx",
    "This camera publishes its picture itself, which takes a MediaMTX of this server's own: "
    "start it with --media-server mediamtx.",
)
NEEDS_OWN_MEDIAMTX = Refusal(
    "needs_own_mediamtx",
    "This camera publishes its picture itself, which only a MediaMTX of Belvedere's own takes, not the one that runs "
    "beside it: add the camera by its RTSP address instead.",
)
NOT_PUBLISHED = Refusal("not_published", "Nobody publishes this camera's picture just now.", 503)
SERVER_HAS_NONE = Refusal("server_has_none", "MediaMTX gets no picture from this camera.", 503)
ONLY_SERVER_HAS_NONE = Refusal(
    "only_server_has_none",
    "Belvedere reaches this camera, but MediaMTX gets no picture from it. Let Belvedere connect to it.",
    503,
)
STOPPED = Refusal("silent", "The camera stopped sending.", 503)
UNKNOWN_CAMERA = Refusal("not_found", "There is no such camera, or it is switched off.", 404)


def codec_refusal(codec: str) -> Refusal | None:
    """Return why no browser can show this codec; None for H.264 and H.265, and while the codec is not known."""
    if codec in ("", "H264", "H265"):
        return None
    return Refusal(NO_H264.code, NO_H264.sentence.format(codec=codec))


def webrtc_refusal(codec: str, b_frames: bool | None) -> Refusal | None:
    """Return why WebRTC cannot show such a camera; None where it can, and while that is not known."""
    return codec_refusal(codec) or (B_FRAMES if b_frames else None)
