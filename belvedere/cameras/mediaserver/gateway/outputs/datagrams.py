"""Sends the packets of a picture with few calls of the system."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator, Sequence
from struct import pack

UDP_SEGMENT = 103  # of Linux: one call for datagrams of one size, of which the last may be shorter (udp(7))
MAX_SEGMENTS = 40  # of one call; the kernel takes 64, and 64 KiB
_SOL_UDP = 17


class Datagrams:
    """To one address at a time, through the socket of this transport. A call for each datagram where no other works."""

    def __init__(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport
        self._socket = _open(transport)

    def send(self, packets: Sequence[bytes], address: tuple[str, int]) -> None:
        """Send these, in order. What the network has no room for waits in the transport."""
        for run in split_runs(packets):
            if len(run) == 1 or not self._send_at_once(run, address):
                for packet in run:
                    self.transport.sendto(packet, address)

    def _send_at_once(self, run: Sequence[bytes], address: tuple[str, int]) -> bool:
        if self._socket is None:
            return False
        size = (_SOL_UDP, UDP_SEGMENT, pack("=H", len(run[0])))
        try:
            self._socket.sendmsg(run, [size], socket.MSG_DONTWAIT, address)
        except BlockingIOError:
            return False
        except OSError:  # a kernel, a network or a way that cannot: never again for this viewer
            self.close()
            return False
        return True

    def close(self) -> None:
        """Give the socket back; what is sent later goes through the transport."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def split_runs(packets: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Yield the packets that one call can send: of one size, the last may be shorter."""
    begin = 0
    for at in range(1, len(packets) + 1):
        is_over = (
            at == len(packets)
            or at - begin == MAX_SEGMENTS
            or len(packets[at]) > len(packets[begin])
            or len(packets[at - 1]) < len(packets[begin])
        )
        if is_over:
            yield packets[begin:at]
            begin = at


def _open(transport: asyncio.DatagramTransport) -> socket.socket | None:
    """Return the transport's socket under another number, so that it is ours to close; None where it has none."""
    known = transport.get_extra_info("socket")
    if known is None or not hasattr(socket, "MSG_DONTWAIT"):
        return None
    with contextlib.suppress(OSError):
        return socket.socket(known.family, socket.SOCK_DGRAM, fileno=os.dup(known.fileno()))
    return None
