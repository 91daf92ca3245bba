"""What changed between two versions of a flow, as a person would say it."""

from pathlib import Path

import pytest

from smartdesk_pbx.flow.compare import compare
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.settings import share

OLD = """
flow: shop
languages: [ja]
start: hours
calendars:
  office:
    weekly: ["mon-fri 09:00-18:00", "sat 10:00-12:00"]
    closed: ["12-29..01-03"]
    exceptions: [{name: fair, days: "05-01..05-05", hours: ["10:00-15:00"]}]
nodes:
  hours: {kind: hours, calendar: office, open: main, closed: bye}
  main:
    kind: menu
    prompts: [main-menu]
    keys: {"1": info, "2": lang, "3": person}
    on_silence: person
    on_wrong_key: bye
  info: {kind: announce, prompts: [company-info], next: who}
  who:
    kind: caller
    cases: [{list: vip, next: person}, {ranges: ["+8190"], next: bye}]
    otherwise: lang
  lang: {kind: language, prompts: [language-choice-ja], keys: {"1": ja}, next: mobile}
  mobile: {kind: ring, to: ["+819000000001"], next: bye, on_no_answer: person}
  person: {kind: escalate, wait_s: 30, next: bye, on_nobody: bye}
  bye: {kind: hangup}
"""


def said(*changes: tuple[str, str], old: str = OLD) -> list[str]:
    """What is told of these replacements in the text of a flow."""
    new = old
    for before, after in changes:
        assert before in new, f"{before!r} is not in the text"
        new = new.replace(before, after)
    return [str(one) for one in compare(load(old), load(new))]


def test_the_same_flow_has_no_differences() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('"3": person', '"3": bye', "menu main: key 3 now leads to bye instead of person"),
        ('"3": person', '"3": person, "4": bye', "menu main: key 4 leads to bye now"),
        (', "3": person', "", "menu main: key 3 does nothing any more (it led to person)"),
        ("on_wrong_key: bye", "on_wrong_key: person", "menu main: a wrong key now leads to person instead of bye"),
        ("[main-menu]", "[hello, main-menu]", "menu main: plays hello, main-menu instead of main-menu"),
        ("on_silence: person", "on_silence: person\n    tries: 2", "menu main: tries: 2 instead of 3"),
        ("wait_s: 30", "wait_s: 45", "escalate person: wait (seconds): 45 instead of 30"),
        ("wait_s: 30", "wait_s: 30, team: sales", "escalate person: team: sales instead of the usual"),
        ('["+819000000001"]', '["+819000000001", "+819000000002"]', "ring mobile: to: +819000000002 is new"),
        ("bye, on_no_answer", "bye, screening: false, on_no_answer", "ring mobile: screening: no instead of yes"),
        ("vip, next: person", "vip, next: bye", "caller who: a caller on list vip now leads to bye instead of person"),
        (
            "{list: vip, next: person}, ", "",
            "caller who: a caller on list vip has no way of its own any more (it led to person)",
        ),
        ("otherwise: lang", "otherwise: bye", "caller who: anything else now leads to bye instead of lang"),
        ("closed: bye}", "closed: bye, holiday: main}", "hours hours: a national holiday leads to main now"),
        ("09:00-18:00", "09:00-17:00", "calendar office: mon-fri 09:00-17:00 instead of 09:00-18:00"),
        (', "sat 10:00-12:00"', "", "calendar office: sat 10:00-12:00 is gone"),
        ("sat 10:00-12:00", "sat+sun 10:00-12:00", "calendar office: sat+sun 10:00-12:00 is new"),
        ("12-29..01-03", "12-30..01-03", "calendar office: is closed on 12-30..01-03 too"),
        (
            "10:00-15:00", "10:00-16:00",
            "calendar office: exception fair on 05-01..05-05: 10:00-16:00 instead of 10:00-15:00",
        ),
        (
            "    weekly", "    zone: Europe/Berlin\n    weekly",
            "calendar office: is read on the clock of Europe/Berlin instead of Asia/Tokyo",
        ),
        ("    weekly", "    holidays: none\n    weekly", "calendar office: national holidays do not count any more"),
        ("languages: [ja]", "languages: [ja, en]", "flow: speaks en too"),
        (
            "start: hours", "start: hours\nwithout_human: nobody is there",
            "flow: does not want a human or a message to be within reach: nobody is there",
        ),
        ("flow: shop", "flow: store", "flow: is called store instead of shop"),
    ],
)  # fmt: skip
def test_each_difference_is_one_sentence(before: str, after: str, told: str) -> None:
    assert told in said((before, after))


def test_a_language_that_a_key_chooses() -> None:
    assert said(('{"1": ja}', '{"1": ja, "2": en}'), ("languages: [ja]", "languages: [ja, en]")) == [
        "flow: speaks en too", "language lang: key 2 chooses en now",
    ]  # fmt: skip


def test_a_new_node_and_one_that_is_gone() -> None:
    assert said(('"1": info', '"1": fax'), ("info: {kind: announce, prompts: [company-info]", "fax: {kind: announce, "
                "prompts: [other]")) == [
        "menu main: key 1 now leads to fax instead of info", "announce fax: is new", "announce info: is gone",
    ]  # fmt: skip


def test_a_node_that_only_has_another_name_is_the_same_node() -> None:
    assert said((": info", ": about"), ("  info:", "  about:")) == ["announce about: was called info"]


def test_the_order_of_conditions_matters() -> None:
    swapped = '[{ranges: ["+8190"], next: bye}, {list: vip, next: person}]'
    assert said(('[{list: vip, next: person}, {ranges: ["+8190"], next: bye}]', swapped)) == [
        "caller who: looks in another order: from +8190…; on list vip"
    ]


def test_another_kind_of_node_is_told_alone() -> None:
    changed = "person: {kind: record, next: bye, on_silence: bye}"
    assert said(("person: {kind: escalate, wait_s: 30, next: bye, on_nobody: bye}", changed)) == [
        "record person: is a record instead of a escalate"
    ]


def test_the_version_of_a_shared_flow() -> None:
    plain = load(OLD)
    new = plain.model_copy(update={"shared": {"message": 4, "draft": 0}})
    assert [str(c) for c in compare(plain.model_copy(update={"shared": {"message": 3, "fax": 1}}), new)] == [
        "flow: calls the shared flow message@4 instead of message@3",
        "flow: does not call the shared flow fax any more",
        "flow: calls the shared flow draft (not published)",
    ]


def test_calendars_come_and_go() -> None:
    more = OLD.replace("nodes:", '  shop: {weekly: ["sun 10:00-12:00"], holidays: none}\nnodes:')
    assert said(old=more) == []
    old, new = load(OLD), load(more)
    assert [str(one) for one in compare(old, new)] == [
        "calendar shop: is new: sun 10:00-12:00; national holidays do not count (Asia/Tokyo)"
    ]
    assert [str(one) for one in compare(new, old)] == [
        "calendar shop: is gone; it was sun 10:00-12:00; national holidays do not count (Asia/Tokyo)"
    ]


FILES = [file for file in (share("dialplans") / "flows").glob("*.yaml") if not file.name.endswith(".test.yaml")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_no_flow_of_ours_differs_from_itself(file: Path) -> None:
    assert compare(load(file), load(file)) == ()
