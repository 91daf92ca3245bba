"""What arrived, laid on a line of samples: gaps are silence, RTP's own time orders it, arrival anchors it."""

import numpy as np

from smartdesk_pbx.trial.rtp import Packet
from smartdesk_pbx.trial.sound import RATE, Samples, decode

RESYNC = RATE // 4
"""When RTP's time and arrival differ by more than this (samples), a new source began: arrival decides."""


class Timeline:
    """Sound as it was heard, from the first packet on. Positions are samples since then."""

    def __init__(self) -> None:
        self._line: Samples = np.zeros(RATE * 60, dtype=np.float32)
        self._end = 0
        self._stamp = 0
        self._place = 0
        self.began_at: float | None = None
        """Running time of the first packet (monotonic seconds)."""
        self.last_at = 0.0
        self.packets = 0
        self.arrival_gaps: list[tuple[float, float]] = []
        """(at, seconds) of each pause of more than 60 ms between two packets."""

    def add(self, packet: Packet, at: float) -> None:
        """Lay one packet of mu-law down; `at` is its arrival, monotonic."""
        if self.began_at is None:
            self.began_at, self._stamp = at, packet.stamp
        elif at - self.last_at > 0.06:
            self.arrival_gaps.append((self.last_at, at - self.last_at))
        self.last_at = at
        self.packets += 1
        sound = decode(packet.payload)
        place = self._where(packet.stamp, at)
        self._reserve(place + len(sound))
        self._line[place : place + len(sound)] = sound
        self._end = max(self._end, place + len(sound))

    def _where(self, stamp: int, at: float) -> int:
        assert self.began_at is not None
        step = (stamp - self._stamp + (1 << 31)) % (1 << 32) - (1 << 31)
        by_stamp, by_arrival = self._place + step, round((at - self.began_at) * RATE)
        place = by_stamp if abs(by_stamp - by_arrival) <= RESYNC else max(by_arrival, self._end)
        place = max(place, 0)
        self._stamp, self._place = stamp, place
        return place

    def _reserve(self, size: int) -> None:
        if size > len(self._line):
            self._line = np.concatenate((self._line, np.zeros(max(size, len(self._line)), dtype=np.float32)))

    @property
    def samples(self) -> int:
        """Length so far."""
        return self._end

    def cut(self, first: int, last: int | None = None) -> Samples:
        """What was heard between two positions (a copy-free view: do not keep it)."""
        return self._line[max(0, first) : self._end if last is None else min(last, self._end)]

    def time_of(self, position: int) -> float:
        """Running time at which a position was heard."""
        return (self.began_at or 0.0) + position / RATE

    def position_of(self, at: float) -> int:
        """Position at a running time; 0 before the first packet."""
        return 0 if self.began_at is None else max(0, round((at - self.began_at) * RATE))
