"""One telephone's mouth: a packet of sound every 20 ms, and a key now and then."""

import socket
import struct
import time

from smartdesk_pbx.bench.flow import Flow
from smartdesk_pbx.trial.rtp import ULAW, key_payload
from smartdesk_pbx.trial.sound import FRAME

SKIPPED_MOST = 100
"""Packets that a call may lose and still be the same; the next call on its port counts from elsewhere."""
KEY_FRAMES, ENDS = 5, 3
"""RFC 4733: packets of a key that is held, and how often its end is told."""
KEY_TYPE = 101
_RTP = struct.Struct("!BBHII")


class Mouth:
    """What speaks to one flow: sound, and a key now and then."""

    __slots__ = (
        "active", "flow", "frame", "heard", "key", "key_at_ns", "key_frame", "key_stamp", "sequence", "source", "to",
    )  # fmt: skip

    def __init__(self, flow: Flow, wire: bytes, to: tuple[str, int]) -> None:
        self.flow, self.to = flow, to
        self.source, self.heard = wire[8:12], int.from_bytes(wire[2:4], "big")
        self.active = False
        self.frame = self.sequence = 0
        self.key, self.key_at_ns, self.key_frame, self.key_stamp = "", 0, 0, 0

    def is_of(self, wire: bytes) -> bool:
        """Is this packet of the same call? A talk has another RTP source than the prompts before it, but counts on."""
        source, number = wire[8:12], int.from_bytes(wire[2:4], "big")
        same = source == self.source or 0 < (number - self.heard) & 0xFFFF < SKIPPED_MOST
        self.source, self.heard = (source, number) if same else (self.source, self.heard)
        return same

    def say(self, sock: socket.socket, sound: bytes, now_ns: int) -> None:
        """Send what is due in this slot: a frame of sound, or the next packet of a key."""
        self.frame += 1
        if not self.key_at_ns or now_ns < self.key_at_ns:
            self._send(sock, ULAW, self.frame * FRAME, sound)
            return
        if not self.key_frame:
            self.key_stamp = self.frame * FRAME
        self.key_frame += 1
        lasted = self.key_frame * FRAME
        if self.key_frame <= KEY_FRAMES:
            self._send(sock, KEY_TYPE, self.key_stamp, key_payload(self.key, lasted, end=False))
            return
        self.flow.key_ns.append(time.time_ns())
        for _ in range(ENDS):
            self._send(sock, KEY_TYPE, self.key_stamp, key_payload(self.key, lasted, end=True))
        self.key_at_ns = self.key_frame = 0

    def _send(self, sock: socket.socket, kind: int, stamp: int, payload: bytes) -> None:
        self.sequence += 1
        header = _RTP.pack(0x80, kind, self.sequence & 0xFFFF, stamp & 0xFFFFFFFF, self.to[1])
        sock.sendto(header + payload, self.to)
