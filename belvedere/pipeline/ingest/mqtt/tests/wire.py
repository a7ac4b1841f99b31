"""The client's side of the wire, byte by byte: what a device sends, and the answers cut into packets."""

from __future__ import annotations

from belvedere.pipeline.ingest.mqtt.fields import Properties, write_binary, write_properties, write_variable

PINGREQ = b"\xc0\x00"


def packet(head: int, content: bytes) -> bytes:
    return bytes((head,)) + write_variable(len(content)) + content


def connect(
    version: int = 4,
    client_id: str = "c1",
    user: str | None = "d0",
    password: str | None = "secret",
    *,
    clean: bool = True,
    keep_alive: int = 60,
    will: tuple[str, bytes] | None = None,
    will_qos: int = 1,
    properties: Properties | None = None,
) -> bytes:
    flags = clean << 1 | (user is not None) << 7 | (password is not None) << 6
    content = b"".join(write_binary(text.encode()) for text in (client_id,))
    if will:
        flags |= 0x24 | will_qos << 3
        content += (b"\0" if version == 5 else b"") + write_binary(will[0].encode()) + write_binary(will[1])
    content += b"".join(write_binary(text.encode()) for text in (user, password) if text is not None)
    head = write_binary(b"MQTT") + bytes((version, flags)) + keep_alive.to_bytes(2, "big")
    return packet(0x10, head + (write_properties(properties or {}) if version == 5 else b"") + content)


def publish(
    topic: str,
    body: bytes,
    qos: int = 1,
    packet_id: int = 1,
    *,
    version: int = 4,
    dup: bool = False,
    retain: bool = False,
    properties: Properties | None = None,
) -> bytes:
    content = write_binary(topic.encode()) + (packet_id.to_bytes(2, "big") if qos else b"")
    content += write_properties(properties or {}) if version == 5 else b""
    return packet(0x30 | dup << 3 | qos << 1 | retain, content + body)


def acknowledge(head: int, packet_id: int) -> bytes:
    """PUBACK 0x40, PUBREC 0x50, PUBREL 0x62, PUBCOMP 0x70."""
    return packet(head, packet_id.to_bytes(2, "big"))


def subscribe(filters: list[tuple[str, int]], packet_id: int = 1, *, version: int = 4) -> bytes:
    content = packet_id.to_bytes(2, "big") + (b"\0" if version == 5 else b"")
    return packet(
        0x82, content + b"".join(write_binary(text.encode()) + bytes((options,)) for text, options in filters)
    )


def unsubscribe(filters: list[str], packet_id: int = 1, *, version: int = 4) -> bytes:
    content = packet_id.to_bytes(2, "big") + (b"\0" if version == 5 else b"")
    return packet(0xA2, content + b"".join(write_binary(text.encode()) for text in filters))


def disconnect(version: int = 4, reason: int | None = None) -> bytes:
    return packet(0xE0, bytes((reason,)) if version == 5 and reason is not None else b"")


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole packets at the front, and the rest."""
    packets: list[bytes] = []
    while len(data) >= 2:
        length, at = data[1] & 0x7F, 2
        while data[at - 1] & 0x80:
            if at == len(data):
                return packets, data
            length |= (data[at] & 0x7F) << 7 * (at - 1)
            at += 1
        if len(data) < at + length:
            break
        packets.append(data[: at + length])
        data = data[at + length :]
    return packets, data
