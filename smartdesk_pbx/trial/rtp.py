"""RTP packets (RFC 3550) and telephone keys inside them (RFC 4733), as bytes. Pure."""

import struct
from dataclasses import dataclass

ULAW = 0
KEYS = "0123456789*#ABCD"
_HEADER = struct.Struct("!BBHII")
_KEY = struct.Struct("!BBH")


@dataclass(frozen=True)
class Packet:
    """One RTP packet. `stamp` counts samples and wraps at 2^32, `sequence` at 2^16."""

    payload_type: int
    sequence: int
    stamp: int
    source: int
    payload: bytes
    marker: bool = False


def pack(packet: Packet) -> bytes:
    """The packet as it goes on the wire."""
    kind = packet.payload_type | (0x80 if packet.marker else 0)
    return _HEADER.pack(0x80, kind, packet.sequence & 0xFFFF, packet.stamp & 0xFFFFFFFF, packet.source) + packet.payload


def unpack(wire: bytes) -> Packet | None:
    """The packet, or None when the bytes are no RTP of version 2 (a stray RTCP or STUN packet, say)."""
    if len(wire) < _HEADER.size or wire[0] >> 6 != 2 or 192 <= wire[1] <= 223:
        return None
    flags, kind, sequence, stamp, source = _HEADER.unpack_from(wire)
    body = _HEADER.size + 4 * (flags & 15)
    if flags & 0x10 and len(wire) >= body + 4:
        body += 4 + 4 * int.from_bytes(wire[body + 2 : body + 4], "big")
    end = len(wire) - (wire[-1] if flags & 0x20 else 0)
    return Packet(kind & 0x7F, sequence, stamp, source, wire[body:end], bool(kind & 0x80))


def key_payload(key: str, samples: int, *, end: bool) -> bytes:
    """RFC 4733: a key that has lasted `samples` so far. Raises `ValueError` for what is no key."""
    return _KEY.pack(KEYS.index(key.upper()), (0x80 if end else 0) | 10, min(samples, 0xFFFF))


def read_key(payload: bytes) -> tuple[str, bool] | None:
    """(key, is this its end?), or None for other events."""
    if len(payload) < _KEY.size or payload[0] >= len(KEYS):
        return None
    return KEYS[payload[0]], bool(payload[1] & 0x80)
