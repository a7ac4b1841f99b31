"""The server of pictures that the settings name."""

from __future__ import annotations

import socket

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.port import MediaServer
from belvedere.cameras.publishers import may_publish
from belvedere.cameras.rtsp_tokens import may_read
from belvedere.config import listening
from belvedere.config.settings.env import ConfigurationError, Env

WEBRTC_PORT = 8189  # MediaMTX's own default


def make_media_server(env: Env, addresses: listening.Addresses) -> MediaServer:
    """The gateway, alone or before a MediaMTX. Raises ConfigurationError."""
    gateway = GatewayClient(env.camera_allow, addresses.listening)
    if env.media_server == "gateway":
        return gateway
    # Loaded where it is used: its HTTP library is a tenth of what a start computes.
    from belvedere.cameras.mediaserver.mediamtx.client import MediaMtxClient
    from belvedere.cameras.mediaserver.mediamtx.foreign import ForeignMediaMtx
    from belvedere.cameras.mediaserver.mediamtx.own import OwnMediaMtx, fill_port
    from belvedere.cameras.mediaserver.mediamtx.process import ProgramUnusable, find_program

    if env.media_server != "mediamtx":
        return MediaMtxClient(gateway, ForeignMediaMtx(env.media_server))
    try:
        program, version = find_program(env.mediamtx)
    except ProgramUnusable as error:
        raise ConfigurationError(f"--media-server mediamtx cannot be used: {error}.") from error
    host = f"[{env.host}]" if ":" in env.host else env.host
    media = env.mediamtx_webrtc or f"{'127.0.0.1' if host == 'localhost' else host}:{WEBRTC_PORT}"
    addresses.rtsp = fill_port(env.mediamtx_rtsp, socket.SOCK_STREAM)
    place = OwnMediaMtx(program, version, addresses.rtsp, media, env.mediamtx_hosts, may_read, may_publish)
    return MediaMtxClient(gateway, place)
