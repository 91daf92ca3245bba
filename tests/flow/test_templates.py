"""Ready-made flows with answers written into them: whatever is answered, the result is sound, proved, and tested."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from smartdesk_pbx.audio.texts import texts
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.link import Shared
from smartdesk_pbx.flow.load import Loaded, loaded
from smartdesk_pbx.flow.nodes import Escalate, Ring
from smartdesk_pbx.flow.perform import perform
from smartdesk_pbx.flow.questions import QUESTIONS, answered
from smartdesk_pbx.flow.script import read_script
from smartdesk_pbx.flow.templates import Template, fill
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.typed import Value
from smartdesk_pbx.office.flow_prove import shown, standard
from smartdesk_pbx.office.flow_review import reviewed
from smartdesk_pbx.settings import Settings
from tests.flow.test_ready_made import FLOWS, SIX, template

NOW = datetime(2026, 7, 1, 1, tzinfo=UTC)
TODAY = date(2026, 7, 1)
MUST = {"closure-days": "2026-09-01..2026-09-30"}

TYPED = {
    "languages": ("ja", "en", "ja, en", "en, ja, zh", "ja, en, zh, ko", "ko"),
    "opening-hours": ("mon-fri 09:00-18:00", "mon-sun 00:00-24:00", "sat+sun 13:00-15:00", "fri-sat 18:00-05:00",
                      "mon-fri 09:00-18:00, hol 10:00-12:00", "thu-tue 10:00-19:00"),
    "lunch-break": ("none", "none", "14:00-14:30"),
    "holidays": ("yes", "no"),
    "company-days": ("none", "2026-10-01", "2026-10-01, 05-01..05-03"),
    "year-end": ("none", "12-29..01-03", "12-26..01-08"),
    "summer": ("none", "08-13..08-15"),
    "closure-days": ("2026-09-01..2026-09-30", "2026-12-30..2027-01-06"),
    "team": ("none", "night"),
    **dict.fromkeys(("shop-numbers", "on-call-numbers", "caretaker-numbers"), ("none", "09012345678, 0312345678")),
}  # fmt: skip


def filled(name: str, **typed: str) -> Template:
    """The template with these answers (with _ for -), and the usual ones to the rest."""
    one, said = template(name), dict[str, Value]()
    for question in one.questions:
        text = QUESTIONS[question].settled(said) or typed.get(question.replace("-", "_"))
        usual = one.usual(question) or MUST.get(question, "none")
        try:
            said |= answered(question, text or usual, said, TODAY)
        except RuleBroken:
            if question != "lunch-break":  # there may be no room for it
                raise
            said |= {"lunch-break": None}
    return fill(one, said, "mine", NOW)


def loaded_with(one: Template, languages: str) -> Loaded:
    """The flow, with its shared flow in the same languages."""
    shared = Template("take-message", (FLOWS / "take-message.yaml").read_text("utf-8"), "")
    said = answered("languages", languages, {}, TODAY)
    text = fill(shared, said, "take-message", NOW).text
    return loaded(one.text, name="mine.yaml", find=lambda name: Shared(text, f"{name}.yaml"))


def tree_of(one: Template, languages: str = "ja, en") -> Tree:
    return loaded_with(one, languages).tree


each = pytest.mark.parametrize("name", SIX)


@each
def test_without_any_marks_left_it_is_what_it_was(name: str) -> None:
    one = filled(name)
    for mark in ("# ask:", "# only with", "# when:", "# Template:"):
        assert mark not in one.text + one.tests
    assert "flow: mine" in one.text
    assert "flow: mine.yaml" in one.tests
    assert one.text.startswith(f"# en: {one.en}\n# ja: {one.ja}\n# Made with `smartdesk flow new --from {name}`")


@each
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data())
def test_whatever_is_answered_it_is_proved_and_its_conversations_come_true(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answers = {q.replace("-", "_"): data.draw(st.sampled_from(TYPED[q]), label=q) for q in template(name).questions}
    one = filled(name, **answers)
    flow = loaded_with(one, answers["languages"])
    tree, home = flow.tree, Settings(home=tmp_path_factory.getbasetemp() / "no-prompts")
    for language in tree.languages:
        assert tree.prompts() <= texts(home, language).keys()
    assert [str(finding) for finding in reviewed(home, flow)] == []
    proof = shown(home, tree, standard(), NOW)
    assert [(p.says, p.counter_example) for p in proof.properties if not p.holds] == []
    assert proof.unreached == ()
    script = read_script(one.tests, "mine.test.yaml", tree)
    assert len(script) >= 3
    assert [str(failure) for c in script if (failure := perform(tree, c).failure)] == []


@each
def test_the_answers_stand_where_they_were_asked_for_with_a_word_of_what_they_are(name: str) -> None:
    text = filled(name, opening_hours="tue-sat 11:00-20:00", holidays="no", languages="en, ja", team="night").text
    assert "    weekly: [tue-sat 11:00-20:00]  # opening hours 受付時間\n" in text
    assert "    holidays: none  # national holidays 祝日（none：営業）\n" in text
    assert "languages: [en, ja]  # languages 言語\n" in text
    assert '    keys: {"2": en, "1": ja}\n' in text
    assert "    team: night  # team 担当チーム\n" in text


def test_a_lunch_break_is_cut_out_of_the_hours() -> None:
    tree = tree_of(filled("reception", lunch_break="12:00-13:00"))
    assert tree.calendars["office"].weekly == ("mon-fri 09:00-12:00 13:00-18:00",)


def test_with_one_language_nothing_is_chosen() -> None:
    tree = tree_of(filled("shop", languages="ja"), "ja")
    assert tree.languages == ("ja",)
    assert "language" not in tree.nodes
    assert "in English" not in filled("shop", languages="ja").tests


def test_without_a_team_the_contract_s_own_answers() -> None:
    teams = {node.team for node in tree_of(filled("property")).nodes.values() if isinstance(node, Escalate)}
    assert teams == {None}


def test_without_a_doctor_on_call_nobody_is_promised_one() -> None:
    one = filled("clinic", on_call_numbers="none")
    tree = tree_of(one)
    assert not any(isinstance(node, Ring) for node in tree.nodes.values())
    assert "clinic-doctor-menu" not in tree.prompts()
    assert "doctor on call" not in one.tests


def test_numbers_are_rung_as_they_were_given() -> None:
    tree = tree_of(filled("clinic", on_call_numbers="090-1234-5678, 03-1234-5678"))
    (ring,) = [node for node in tree.nodes.values() if isinstance(node, Ring)]
    assert ring.to == ("+819012345678", "+81312345678")


def test_days_that_are_not_taken_off_leave_no_trace() -> None:
    one = filled("reception", year_end="none", summer="none", holidays="no")
    tree = tree_of(one)
    assert tree.calendars["office"].values == ("open", "closed")
    assert {"closed-new-year", "closed-summer", "closed-holiday"} & tree.nodes.keys() == set()
    assert "New Year" not in one.tests


def test_what_can_never_be_is_not_tested() -> None:
    """Open round the clock: no conversation is about being closed."""
    one = filled("property", opening_hours="mon-sun 00:00-24:00", holidays="no", year_end="none")
    assert "closed-now" in one.text, "a number can be closed by hand at any time"
    assert "closed-now" not in one.tests


@each
def test_what_is_usual_stands_in_the_template(name: str) -> None:
    one = template(name)
    assert one.usual("languages") == "ja, en"
    assert one.usual("team") == "none"
    answered("opening-hours", one.usual("opening-hours"), {}, TODAY)
    assert one.usual("holidays") in ("yes", "no")
