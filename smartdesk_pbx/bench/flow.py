"""What was heard on the wire in one call: stretches of sound, keys, and the time between a key and the next prompt.

Times are nanoseconds since 1970, as the kernel stamped the packets. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

PACKET_NS = 20_000_000
SILENCE_NS = 60_000_000
"""Two packets further apart than this have a silence between them."""


@dataclass(slots=True)
class Stretch:
    """Sound without a silence in it: one prompt, or a talk."""

    first_ns: int
    last_ns: int
    packets: int = 1

    @property
    def until_ns(self) -> int:
        """When its last packet has been played."""
        return self.last_ns + PACKET_NS


@dataclass(slots=True)
class Flow:
    """One direction of one call. `port` is the switchboard's, `key_ns` the first end packet of each key sent."""

    port: int
    stretches: list[Stretch] = field(default_factory=list)
    key_ns: list[int] = field(default_factory=list)

    def heard(self, at_ns: int) -> bool:
        """Note a packet of sound; True when it begins a new stretch."""
        last = self.stretches[-1] if self.stretches else None
        if last and at_ns - last.last_ns < SILENCE_NS:
            last.last_ns = at_ns
            last.packets += 1
            return False
        self.stretches.append(Stretch(at_ns, at_ns))
        return True

    def answers_ms(self) -> list[float | None]:
        """For each key the milliseconds to the first packet of the prompt that follows it; None: none came."""
        return [self._answer_ms(key, before) for key, before in zip(self.key_ns, _until(self.key_ns), strict=True)]

    def _answer_ms(self, key_ns: int, before_ns: int | None) -> float | None:
        for stretch in self.stretches:
            if stretch.first_ns >= key_ns and (before_ns is None or stretch.first_ns < before_ns):
                return (stretch.first_ns - key_ns) / 1e6
        return None


def _until(times: Sequence[int]) -> list[int | None]:
    return [*times[1:], None] if times else []


def as_rows(flows: Iterable[Flow]) -> list[list[object]]:
    """Flows as JSON values."""
    return [[f.port, [[s.first_ns, s.last_ns, s.packets] for s in f.stretches], f.key_ns] for f in flows]


def from_rows(rows: Iterable[Sequence[object]]) -> list[Flow]:
    """The flows that `as_rows` wrote."""
    return [
        Flow(port, [Stretch(*s) for s in stretches], list(keys))  # type: ignore[call-overload,attr-defined,arg-type]
        for port, stretches, keys in rows
    ]
