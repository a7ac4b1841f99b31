"""Errors of cameras: a stable code, and a sentence that a person can act on. No sentence holds an address."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Why a camera gives no picture. The values are stable."""

    NAME_UNKNOWN = "name_unknown"
    REFUSED = "connection_refused"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no_answer"
    BAD_LOGIN = "bad_login"
    LOGIN_WANTED = "login_wanted"
    LOGIN_UNKNOWN = "login_unknown"
    DENIED = "access_denied"
    NO_STREAM = "no_stream"
    BAD_ANSWER = "bad_answer"
    UDP_ONLY = "udp_only"
    FULL = "camera_full"
    NOT_READY = "camera_not_ready"
    SLOW = "slow"
    NO_VIDEO = "no_video"
    NO_PICTURE = "no_picture"
    NO_KEY_FRAME = "no_key_frame"
    BAD_VIDEO = "bad_video"
    OVER_LIMIT = "over_limit"
    CUT = "connection_cut"
    SILENT = "silent"
    TLS = "tls_failed"
    REDIRECTS = "too_many_redirects"
    BAD_REDIRECT = "bad_redirect"
    REDIRECT_LOGIN = "redirect_login"
    FORBIDDEN = "forbidden_address"
    NO_CONVERTER = "no_converter"
    CONVERTERS_BUSY = "converters_busy"
    CONVERTER_FAILED = "converter_failed"
    MAIN_AWAY = "main_away"


SENTENCES = {
    Fault.NAME_UNKNOWN: "The camera's name cannot be found: check the host, or use its IP address.",
    Fault.REFUSED: "The camera refuses the connection: is RTSP switched on, and is the port right?",
    Fault.UNREACHABLE: "The camera cannot be reached: check its network and power.",
    Fault.NO_ANSWER: "The camera does not answer: check its network and power.",
    Fault.BAD_LOGIN: "The camera refuses the user name or password.",
    Fault.LOGIN_WANTED: "The camera asks for a user name and a password.",
    Fault.LOGIN_UNKNOWN: "The camera asks for a kind of log-in that is not supported: choose Digest in its settings.",
    Fault.DENIED: "The camera denies access: check the rights of this user, and whether it lets this server in.",
    Fault.NO_STREAM: "The camera has no stream at this path.",
    Fault.BAD_ANSWER: "The camera answers something that is not understood.",
    Fault.UDP_ONLY: "The camera does not send over TCP: switch RTSP over TCP on in its settings.",
    Fault.FULL: "The camera serves as many viewers as it can: close another program that watches it.",
    Fault.NOT_READY: "The camera answers that it is not ready: it may be asleep or just starting.",
    Fault.SLOW: "The camera takes long to send its first picture.",
    Fault.NO_VIDEO: "The camera offers no video.",
    Fault.NO_PICTURE: "The camera sends data that no picture can be made of: choose another profile or codec.",
    Fault.NO_KEY_FRAME: "The camera sends no key frames: set their distance to 1-2 s.",
    Fault.BAD_VIDEO: "The camera's video cannot be read: choose another profile or resolution.",
    Fault.OVER_LIMIT: "The camera sends too much; it was left so that it does not hold up the others.",
    Fault.CUT: "The camera closed the connection.",
    Fault.SILENT: "The camera stopped sending.",
    Fault.TLS: "The encrypted connection to the camera failed.",
    Fault.REDIRECTS: "The camera redirects in a circle.",
    Fault.BAD_REDIRECT: "The camera redirects to something that is no RTSP address.",
    Fault.REDIRECT_LOGIN: "The camera redirects to another server, which asks for a log-in; the password was not sent "
    "there. Enter that server's address instead.",
    Fault.FORBIDDEN: "The camera's name or redirect leads to an address that is not allowed.",
    Fault.NO_CONVERTER: "This server has no ffmpeg to make a smaller picture with: install it there, and start "
    "Belvedere anew.",
    Fault.CONVERTERS_BUSY: "This server makes as many smaller pictures as it has processor cores: "
    "give some cameras their own sub stream.",
    Fault.CONVERTER_FAILED: "The smaller picture cannot be made of the camera's video.",
    Fault.MAIN_AWAY: "The main stream, of which the smaller picture is made, does not come.",
}


# A program that converts takes a second of a processor to start.
_COSTLY = (Fault.OVER_LIMIT, Fault.BAD_VIDEO, Fault.NO_CONVERTER, Fault.CONVERTERS_BUSY, Fault.CONVERTER_FAILED)


class CameraError(Exception):
    """The camera gives no picture.

    permanent: trying again soon would only lock the account out. costly: each attempt takes time from other cameras.
    """

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(SENTENCES[fault] + (f" ({detail})" if detail else ""))
        self.fault = fault
        self.permanent = fault in (Fault.BAD_LOGIN, Fault.DENIED)
        self.costly = fault in _COSTLY


def over_limit(what: str) -> CameraError:
    """Return the error for a length, number or rate that is beyond what any camera needs."""
    return CameraError(Fault.OVER_LIMIT, what)
