"""The peer of bench/video.py: the least WebRTC relay that PyAV and aiortc make. Prints its port."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import av
from aiohttp import web
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcrtpsender import RTCRtpSender
from av.bitstream import BitStreamFilterContext

OPTIONS = {"rtsp_transport": "tcp", "fflags": "nobuffer", "analyzeduration": "500000", "probesize": "200000"}


class Track(MediaStreamTrack):
    """One viewer's packets, from a key frame on."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.packets: asyncio.Queue[av.Packet[Any]] = asyncio.Queue()
        self._begun = False

    async def recv(self) -> av.Packet[Any]:
        """The next packet."""
        while True:
            packet = await self.packets.get()
            self._begun = self._begun or bool(packet.is_keyframe)
            if self._begun:
                return packet


class Relay:
    """One demuxing thread, any number of viewers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tracks: list[Track] = []
        self._peers: list[RTCPeerConnection] = []

    def pull(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread, until the camera ends."""
        with av.open(self._url, "r", format="rtsp", options=OPTIONS) as container:
            video = container.streams.video[0]
            repeat_parameter_sets = BitStreamFilterContext("dump_extra=freq=keyframe", video)
            for packet in container.demux(video):
                if packet.dts is not None:
                    for filtered in repeat_parameter_sets.filter(packet):
                        loop.call_soon_threadsafe(self._push, filtered)

    def _push(self, packet: av.Packet[Any]) -> None:
        for track in self._tracks:
            track.packets.put_nowait(packet)

    async def whep(self, request: web.Request) -> web.Response:
        """POST: an offer."""
        peer, track = RTCPeerConnection(RTCConfiguration(iceServers=[])), Track()
        self._peers.append(peer)
        self._tracks.append(track)
        peer.addTrack(track)
        for transceiver in peer.getTransceivers():
            codecs = RTCRtpSender.getCapabilities("video").codecs
            transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType == "video/H264"])
        await peer.setRemoteDescription(RTCSessionDescription(sdp=await request.text(), type="offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/sdp", "Location": "/whep/1"}
        return web.Response(status=201, text=peer.localDescription.sdp, headers=headers)


async def preflight(_request: web.Request) -> web.Response:
    """OPTIONS, since the page is at another origin."""
    return web.Response(headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"})


async def main() -> None:
    """Serve until killed."""
    relay = Relay(sys.argv[1])
    threading.Thread(target=relay.pull, args=(asyncio.get_running_loop(),), daemon=True).start()
    app = web.Application()
    app.add_routes([web.post("/whep", relay.whep), web.options("/whep", preflight)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
