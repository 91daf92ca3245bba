"""The far end of the sound: real packets on loopback, time given from outside."""

import socket
from collections.abc import Iterator

import pytest

from smartdesk_pbx.bench.mouth import KEY_TYPE, Mouth
from smartdesk_pbx.bench.wire import THINKING_NS, Side
from smartdesk_pbx.trial.rtp import ULAW, Packet, pack, read_key, unpack

FRAME_NS = 20_000_000
SOUND = b"\xff" * 160
KEY_PACKETS = 5 + 3


class Switchboard:
    """One sound port of the switchboard's."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(2)

    def plays(self, sequence: int, source: int = 7) -> None:
        packet = Packet(ULAW, sequence, sequence * 160, source, SOUND)
        self.sock.sendto(pack(packet), ("127.0.0.1", self.side.port))

    def hears(self) -> Packet:
        packet = unpack(self.sock.recv(500))
        assert packet
        return packet


@pytest.fixture
def side() -> Iterator[Side]:
    made = Side()
    yield made
    made.sock.close()


@pytest.fixture
def board(side: Side) -> Iterator[Switchboard]:
    made = Switchboard(side)
    yield made
    made.sock.close()


def speaks(side: Side, mouth: Mouth, now_ns: int) -> None:
    """The mouth's own slot, wherever it stands on the wheel."""
    slot = next(n for n, mouths in enumerate(side.wheel) if mouth in mouths)
    side.speak(slot, SOUND, now_ns)


def pressed(side: Side, board: Switchboard) -> list[Packet]:
    """All packets of the key that follows a prompt of one packet."""
    side.begin([(20, "5")])
    board.plays(1)
    side.listen(0)
    mouth = next(iter(side.mouths.values()))
    at_ns = mouth.flow.stretches[0].first_ns + 20_000_000 + THINKING_NS
    speaks(side, mouth, at_ns - 1)
    assert board.hears().payload_type == ULAW
    for n in range(6):
        speaks(side, mouth, at_ns + n * FRAME_NS)
    found = [board.hears() for _ in range(KEY_PACKETS)]
    speaks(side, mouth, at_ns + 6 * FRAME_NS)
    assert board.hears().payload_type == ULAW
    return found


def test_a_key_is_one_key(side: Side, board: Switchboard) -> None:
    """Packets with several time stamps would be several keys."""
    packets = pressed(side, board)
    assert {p.payload_type for p in packets} == {KEY_TYPE}
    assert len({p.stamp for p in packets}) == 1
    assert [read_key(p.payload) for p in packets] == [("5", False)] * 5 + [("5", True)] * 3
    assert [p.sequence - packets[0].sequence for p in packets] == list(range(KEY_PACKETS))


def test_a_key_is_noted_once_and_not_repeated(side: Side, board: Switchboard) -> None:
    pressed(side, board)
    assert [len(flow.key_ns) for flow in side.flows] == [1]


def test_a_talk_after_prompts_is_the_same_call(side: Side, board: Switchboard) -> None:
    board.plays(1, source=7)
    board.plays(2, source=8)
    side.listen(0)
    assert [flow.stretches[0].packets for flow in side.flows] == [2]


def test_the_next_call_on_a_port_is_another(side: Side, board: Switchboard) -> None:
    board.plays(1, source=7)
    board.plays(20_000, source=8)
    side.listen(0)
    assert [flow.stretches[0].packets for flow in side.flows] == [1, 1]
    speaks(side, next(iter(side.mouths.values())), 0)
    assert sum(map(len, side.wheel)) == 1


def test_a_call_that_has_gone_is_not_spoken_to(side: Side, board: Switchboard) -> None:
    board.plays(1)
    side.listen(0)
    mouth = next(iter(side.mouths.values()))
    speaks(side, mouth, mouth.flow.stretches[0].first_ns + 10_000_000_000)
    assert not any(side.wheel)
    board.plays(2)
    side.listen(0)
    assert any(side.wheel)


def test_what_is_no_sound_is_not_listened_to(side: Side, board: Switchboard) -> None:
    board.sock.sendto(b"\x80", ("127.0.0.1", side.port))
    board.sock.sendto(pack(Packet(KEY_TYPE, 1, 1, 7, b"\x05\x0a\x00\xa0")), ("127.0.0.1", side.port))
    side.listen(0)
    assert side.flows == []


def waiting(side: Side, switchboards: list[Switchboard]) -> None:
    """A call of each, which has heard its prompt and is silent since; time stands at 0."""
    side.begin([])
    for one in switchboards:
        one.plays(1)
        side.listen(0)
    side.speak(0, SOUND, max(mouth.flow.stretches[0].first_ns for mouth in side.mouths.values()) + 10_000_000_000)
    assert not any(side.wheel)


def test_those_press_who_have_waited_longest(side: Side) -> None:
    callers = [Switchboard(side) for _ in range(3)]
    waiting(side, callers)
    assert side.press("7", 2, 0) == 2
    assert [mouth.key for mouth in side.mouths.values()] == ["7", "7", ""]
    assert side.press("7", 2, 0) == 1, "nobody presses twice"
    assert side.press("7", 2, 0) == 0
    for one in callers:
        one.sock.close()


def test_who_presses_speaks_again_before(side: Side, board: Switchboard) -> None:
    """So the switchboard knows where the key comes from."""
    waiting(side, [board])
    board.hears()
    side.press("7", 1, 0)
    (mouth,) = side.mouths.values()
    for at_ns in (0, THINKING_NS - 1, *(THINKING_NS + n * FRAME_NS for n in range(6))):
        speaks(side, mouth, at_ns)
    heard = [board.hears() for _ in range(2 + KEY_PACKETS)]
    assert [packet.payload_type for packet in heard[:2]] == [ULAW, ULAW]
    assert [read_key(packet.payload) for packet in heard[2:]] == [("7", False)] * 5 + [("7", True)] * 3
