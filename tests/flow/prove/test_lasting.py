"""How long each verb lasts at most, to the second; and that the limits are those of live calls."""

import pytest

from smartdesk_pbx.call.ask import HISTORY_LIMIT_S
from smartdesk_pbx.call.emergency import ANSWER_LIMIT_S, TELLINGS_MOST
from smartdesk_pbx.call.outside import SCREENING_S as SCREENED_S
from smartdesk_pbx.flow import visit
from smartdesk_pbx.flow.prove import prove
from smartdesk_pbx.flow.prove.lasting import LAST_CALL_S, REQUEST_S, SCREENING_S
from smartdesk_pbx.flow.prove.properties import duration
from tests.flow.prove.proving import flow, premises, proof


@pytest.mark.parametrize(("node", "seconds"), [
    ("{kind: announce, prompts: [a, b], next: bye}", 4),
    ('{kind: menu, prompts: [a], keys: {"1": bye}, tries: 1, wait_s: 7, on_silence: bye, on_wrong_key: bye}', 2 + 7),
    ('{kind: menu, prompts: [a], keys: {"1": bye}, tries: 2, wait_s: 7, on_silence: bye, on_wrong_key: bye}',
     2 + 7 + 4 + 7),
    ("{kind: collect, prompts: [a], most: 5, wait_s: 7, gap_s: 3, tries: 1, read_back: false, next: bye, "
     "on_silence: bye}", 2 + 7 + 4 * 3),
    ("{kind: record, prompts: [a], most_s: 60, next: bye, on_silence: bye}", 2 + 2 + 60),
    ("{kind: record, prompts: [a], most_s: 60, review: true, reviewing: [b], tries: 2, wait_s: 5, next: bye, "
     "on_silence: bye}", 2 + 2 + 60 + 2 + 5 + 2 + 2 + 60 + 2 + 5),
    ("{kind: escalate, prompts: [a], wait_s: 90, next: bye, on_nobody: bye}", 2 + 90 + 20),
    ("{kind: escalate, prompts: [a], next: bye, on_nobody: bye}", 2 + 20 + 20),
    ('{kind: ring, prompts: [a], to: ["+81312345678", "+81312345679"], ring_s: 25, next: bye, on_no_answer: bye}',
     2 + 25 + 2 * 2 + 10),
    ('{kind: ring, prompts: [a], to: ["+81312345678", "+81312345679"], ring_s: 25, mode: in_turn, screening: false, '
     "next: bye, on_no_answer: bye}", 2 + 25 + 25),
    ('{kind: lookup, prompts: [a], url: "https://crm.example/", limit_s: 3.5, answers: {x: bye}, otherwise: bye}', 3.5),
    ('{kind: lookup, prompts: [a, b], url: "https://crm.example/", limit_s: 3, answers: {x: bye}, otherwise: bye}', 4),
    ("{kind: caller, cases: [{repeat_hours: 24, next: bye}], otherwise: bye}", 1),
    ("{kind: transfer_request, on_refused: bye, on_told: bye}", 1.8 + (2 + 2) + 4 * (2 + 4 + 2)),
])  # fmt: skip
def test_how_long_a_node_lasts(node: str, seconds: float) -> None:
    found = proof(f"begin: {node}")
    goodbye_s = 2
    assert found.longest is not None and found.longest.seconds == pytest.approx(seconds + goodbye_s)


def test_a_prompt_is_taken_in_its_slowest_language() -> None:
    tree = flow("begin: {kind: announce, prompts: [a, b], next: bye}").model_copy(update={"languages": ("ja", "en")})

    def seconds(language: str, prompt: str) -> float:
        return {"ja": 3.0, "en": 2.0}[language]

    found = prove(tree, premises(seconds=seconds))
    assert found.longest and found.longest.seconds == 9
    assert found.properties[0].says.endswith("(talk not counted, each prompt in its slowest language)")
    only = prove(tree, premises(seconds=seconds, languages=("en",)))
    assert only.longest and only.longest.seconds == 6
    assert only.properties[0].says == "every path ends, after 6 s at most (talk not counted)"


def test_an_escalation_takes_no_time_where_answering_is_not_agreed() -> None:
    found = proof("begin: {kind: escalate, next: bye, on_nobody: bye}", settings={"answering": False})
    assert found.longest and found.longest.seconds == 2


def test_the_longest_call_is_shown_step_by_step() -> None:
    found = proof("""begin: {kind: announce, prompts: [welcome], next: menu}
  menu: {kind: menu, prompts: [menu], keys: {"1": message}, tries: 1, on_silence: bye, on_wrong_key: bye}
  message: {kind: record, most_s: 30, next: bye, on_silence: bye}""")
    assert found.longest is not None and found.longest.steps == (
        (0, "hears: welcome"), (2, "hears: menu"), (2, 'presses: "1"'), (9, "hears: leave-message"), (9, "speaks: 3"),
        (9, "waits: 5"), (9, "leaves: message"), (43, "hears: bye"), (43, "ends: done"),
    )  # fmt: skip


def test_the_limits_are_those_of_live_calls() -> None:
    assert (REQUEST_S, LAST_CALL_S, SCREENING_S) == (ANSWER_LIMIT_S, HISTORY_LIMIT_S, SCREENED_S)
    assert visit.TELLINGS_MOST == TELLINGS_MOST


@pytest.mark.parametrize(("seconds", "said"), [
    (5, "5 s"), (59.2, "1 min 00 s"), (61, "1 min 01 s"), (3600, "1 h 00 min 00 s"), (3671, "1 h 01 min 11 s"),
])  # fmt: skip
def test_a_time_as_people_read_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said
