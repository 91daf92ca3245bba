"""What is made of the packets of one call."""

from smartdesk_pbx.bench.flow import Flow, Stretch, as_rows, from_rows

MS = 1_000_000


def heard(*at_ms: float) -> Flow:
    flow = Flow(10_000)
    for ms in at_ms:
        flow.heard(round(ms * MS))
    return flow


def test_a_silence_ends_a_stretch() -> None:
    flow = heard(0, 20, 40, 400, 420)
    assert flow.stretches == [Stretch(0, 40 * MS, 3), Stretch(400 * MS, 420 * MS, 2)]


def test_a_late_packet_does_not() -> None:
    assert len(heard(0, 59, 118).stretches) == 1
    assert len(heard(0, 60).stretches) == 2


def test_only_the_first_packet_of_a_stretch_is_told() -> None:
    flow = Flow(10_000)
    assert [flow.heard(ms * MS) for ms in (0, 20, 200, 220)] == [True, False, True, False]


def test_a_key_is_answered_by_the_next_stretch() -> None:
    flow = heard(0, 20, 500, 520)
    flow.key_ns = [497 * MS]
    assert flow.answers_ms() == [3.0]


def test_what_was_playing_before_the_key_is_no_answer() -> None:
    flow = heard(0, 20)
    flow.key_ns = [10 * MS]
    assert flow.answers_ms() == [None]


def test_each_key_has_an_answer_of_its_own() -> None:
    flow = heard(0, 500, 1000)
    flow.key_ns = [400 * MS, 450 * MS, 990 * MS]
    assert flow.answers_ms() == [None, 50.0, 10.0]


def test_rows_give_the_flows_back() -> None:
    flow = heard(0, 20, 500)
    flow.key_ns = [400 * MS]
    assert from_rows(as_rows([flow])) == [flow]
