"""An RTSP camera that nobody here wrote: GStreamer's server. For /usr/bin/python3 with python3-gi.

    /usr/bin/python3 rtsp_server.py '{"port": 0, "key_frame_seconds": 1, ...}'

Prints {"port": n} when it serves. Lines on its standard input: `cut` drops every connection and refuses new ones,
`back` lets them in again, `count` prints {"connections": n, "open": n, "most_open": n}. sub: options of a second stream
at /stream2, where they differ.
"""

import json
import sys
import threading
import time
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402  (versions come first)

DEFAULTS: dict[str, Any] = {
    "port": 0,
    "path": "/stream1",
    "username": "",
    "password": "",
    "codec": "h264",
    "width": 640,
    "height": 360,
    "fps": 25,
    "key_frame_seconds": 1.0,
    "b_frames": 0,
    "profile": "baseline",
    "bitrate_kbit": 1500,
    "quantizer": 0,
    "pattern": "ball",
    "in_band_parameter_sets": True,
    "audio": "",
    "source": "",
    "clock": False,
    "sub": {},
}

# Samples a second, and what makes packets of them.
SOUNDS = {
    "pcma": (8000, "alawenc ! rtppcmapay"),
    "aac": (16000, "voaacenc ! aacparse ! rtpmp4gpay"),
    "opus": (48000, "opusenc ! rtpopuspay"),
}


def launch_line(options: dict[str, Any]) -> str:
    """The pipeline of the camera."""
    key = max(1, round(options["fps"] * options["key_frame_seconds"]))
    raw = f"video/x-raw,width={options['width']},height={options['height']},framerate={options['fps']}/1"
    if options["clock"]:
        options["source"] = "appsrc name=clock is-live=true do-timestamp=true format=time "
        options["source"] += f"max-buffers=1 leaky-type=downstream caps={raw},format=GRAY8"
        options["source"] += " ! videoconvert"
    source = options["source"] or f"videotestsrc is-live=true pattern={options['pattern']} ! {raw}"
    if options["codec"] == "h265":
        encoder = "videoconvert ! video/x-raw,format=I420 "  # else it chooses 4:4:4, which no camera sends
        encoder += f"! x265enc tune=zerolatency speed-preset=ultrafast key-int-max={key} ! video/x-h265"
        payloader = "rtph265pay"
    else:
        tune = "" if options["b_frames"] else "tune=zerolatency"
        if options["quantizer"]:  # constant quality: a rich picture makes big key frames, a still one small others
            tune += f" pass=quant quantizer={options['quantizer']}"
        encoder = (
            f"x264enc {tune} speed-preset=ultrafast key-int-max={key} bframes={options['b_frames']} b-adapt=false "
            f"bitrate={options['bitrate_kbit']} vbv-buf-capacity=2000 "
            f"! video/x-h264,profile={options['profile']},stream-format=byte-stream"
        )
        # config-interval: -1 repeats SPS and PPS before each key frame, 0 tells them in the DESCRIBE answer only
        payloader = "rtph264pay config-interval=" + ("-1" if options["in_band_parameter_sets"] else "0")
    line = f"{source} ! {encoder} ! {payloader} name=pay0 pt=96"
    if options["audio"]:
        rate, encoder = SOUNDS[options["audio"]]
        line += f" audiotestsrc is-live=true ! audio/x-raw,rate={rate},channels=1 ! {encoder} name=pay1 pt=97"
    return f"( {line} )"


class Clock:
    """Frames whose top rows hold the wall clock: the low 32 bits of the time in ms as 32 blocks of width / 40."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._width: int = options["width"]
        self._height: int = options["height"]
        self._fps: int = options["fps"]
        ramp = bytes(60 + (x & 127) for x in range(self._width * 2))
        rows = range(self._height)
        self._backgrounds = [b"".join(ramp[(y * 2 + n * 16) & 127 :][: self._width] for y in rows) for n in range(8)]

    def frame(self, number: int) -> bytes:
        """As of now."""
        block = self._width // 40
        ms = time.time_ns() // 1_000_000
        row = b"".join((b"\xeb" if ms >> bit & 1 else b"\x10") * block for bit in range(32))
        row += bytes(self._width - len(row))
        return row * block + self._backgrounds[number % 8][block * self._width :]

    def configure(self, _factory: Any, media: Any) -> None:
        """A consumer has come: feed its pipeline until it refuses."""
        source = media.get_element().get_by_name("clock")
        threading.Thread(target=self._feed, args=(source,), daemon=True).start()

    def _feed(self, source: Any) -> None:
        begun, number, flow = time.monotonic(), 0, Gst.FlowReturn.OK
        while flow in (Gst.FlowReturn.OK, Gst.FlowReturn.FLUSHING) and number < 1_000_000:
            time.sleep(max(0.0, begun + number / self._fps - time.monotonic()))
            number = max(
                number, int((time.monotonic() - begun) * self._fps)
            )  # late on a busy machine: skip, do not queue
            flow = source.emit("push-buffer", Gst.Buffer.new_wrapped(self.frame(number)))
            number += 1


class Camera:
    """The server, with one stream for all."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.connections = self.most_open = 0
        self._cut = False
        self._clients: set[Any] = set()
        self._server = GstRtspServer.RTSPServer()
        self._server.set_address("127.0.0.1")
        self._server.set_service(str(options["port"]))
        # On the main loop, which also cuts clients: closed from another thread, one leaves a loop that spins for ever.
        self._server.get_thread_pool().set_max_threads(0)
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(launch_line(options))
        factory.set_shared(True)
        if options["clock"]:
            factory.connect("media-configure", Clock(options).configure)
        if options["username"]:
            self._protect(factory, options["username"], options["password"])
        self._server.get_mount_points().add_factory(options["path"], factory)
        if options["sub"]:
            second = GstRtspServer.RTSPMediaFactory()
            second.set_launch(launch_line(options | options["sub"]))
            second.set_shared(True)
            self._server.get_mount_points().add_factory("/stream2", second)
        self._server.connect("client-connected", self._connected)
        self._server.attach(None)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.get_bound_port())

    def _protect(self, factory: Any, username: str, password: str) -> None:
        auth = GstRtspServer.RTSPAuth()
        auth.set_supported_methods(2)  # Digest only
        auth.set_realm("camera")
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "user")
        auth.add_digest(username, password, token)
        self._server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions()
        for right in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role("user", right, True)
        factory.set_permissions(permissions)

    def _connected(self, _server: Any, client: Any) -> None:
        self.connections += 1
        if self._cut:
            GLib.idle_add(client.close)
            return
        self._clients.add(client)
        self.most_open = max(self.most_open, len(self._clients))
        client.connect("closed", self._clients.discard)

    def counts(self) -> dict[str, int]:
        """Connections so far, those that are open, and how many were at once."""
        return {"connections": self.connections, "open": len(self._clients), "most_open": self.most_open}

    def cut(self) -> None:
        """As if the cable were pulled, with a reset instead of silence."""
        self._cut = True
        for client in list(self._clients):
            client.close()

    def back(self) -> None:
        """Let connections in again."""
        self._cut = False


def obey(camera: Camera) -> None:
    """Commands, one a line."""
    for line in sys.stdin:
        command = line.strip()
        if command == "cut":
            GLib.idle_add(camera.cut)
        elif command == "back":
            GLib.idle_add(camera.back)
        elif command == "count":
            print(json.dumps(camera.counts()), flush=True)
    GLib.idle_add(sys.exit)


def main() -> None:
    """Serve until standard input ends."""
    Gst.init(None)
    options = DEFAULTS | json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")
    camera = Camera(options)
    print(json.dumps({"port": camera.port}), flush=True)
    loop = GLib.MainLoop()

    def until_closed() -> None:
        obey(camera)
        loop.quit()

    threading.Thread(target=until_closed, daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
