"""Answers to `smartdesk flow new`: what a person may type, and what is said to what does not fit."""

from datetime import date

import pytest

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.questions import QUESTIONS, answered
from smartdesk_pbx.flow.typed import Answers, Value, without

TODAY = date(2026, 7, 1)
NINE_TO_SIX: Answers = {"opening-hours": ["mon-fri 09:00-18:00", "sat 09:00-12:00"]}


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("opening-hours", "mon-fri 09:00-18:00", ["mon-fri 09:00-18:00"]),
        ("opening-hours", "mon-fri 9:00-18:00, sat 9:00-12:00", ["mon-fri 09:00-18:00", "sat 09:00-12:00"]),
        ("opening-hours", "平日 9:00〜18:00、土 9:00〜12:00", ["mon-fri 09:00-18:00", "sat 09:00-12:00"]),
        ("opening-hours", "月曜日-金曜日９：００～１８：００", ["mon-fri 09:00-18:00"]),
        ("opening-hours", "土日祝 10:00から15:00、月 休み", ["sat+sun+hol 10:00-15:00", "mon closed"]),
        ("opening-hours", "月・水・金 9:00-12:00 15:00-18:00", ["mon+wed+fri 09:00-12:00 15:00-18:00"]),
        ("opening-hours", "fri-sat 22:00-05:00", ["fri-sat 22:00-05:00"]),
        ("lunch-break", "12:00-13:00", "12:00-13:00"),
        ("lunch-break", "12:00～13:00", "12:00-13:00"),
        ("lunch-break", "none", None),
        ("lunch-break", "なし", None),
        ("holidays", "yes", "JP"),
        ("holidays", "はい", "JP"),
        ("holidays", "No", "none"),
        ("company-days", "2026-05-01, 06-01", ["2026-05-01", "06-01"]),
        ("company-days", "2026/5/1、8/13～8/15", ["2026-05-01", "08-13..08-15"]),
        ("company-days", "none", None),
        ("year-end", "12-29..01-03", "12-29..01-03"),
        ("year-end", "12月29日から1月3日", "12-29..01-03"),
        ("year-end", "なし", None),
        ("closure-days", "2026-09-01..2026-09-30", "2026-09-01..2026-09-30"),
        ("closure-days", "2026年9月1日〜2026年9月30日", "2026-09-01..2026-09-30"),
        ("team", "front", "front"),
        ("team", "none", None),
        ("on-call-numbers", "09012345678", ["+819012345678"]),
        ("on-call-numbers", "090-1234-5678、03-1234-5678", ["+819012345678", "+81312345678"]),
        ("caretaker-numbers", "+81 90 1234 5678, 09012345678", ["+819012345678"]),
        ("shop-numbers", "none", None),
        ("languages", "ja", ["ja"]),
        ("languages", "en, JA", ["en", "ja"]),
    ],
)
def test_what_may_be_typed(name: str, typed: str, value: Value) -> None:
    assert answered(name, typed, NINE_TO_SIX, TODAY)[name] == value


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("opening-hours", "9-18", "'9-18' needs days and times"),
        ("opening-hours", "mon-fri 9-18", "'9-18' is no span of time (write 09:00-18:00)"),
        ("opening-hours", "mon-fri 09:00-25:00", "'09:00-25:00' is no span of time"),
        ("opening-hours", "mo-fr 09:00-18:00", "'mo-fr' is no day of a week: mon, tue, wed"),
        ("opening-hours", "mon-sun closed", "nothing is open; write 'mon-fri 09:00-18:00'"),
        ("opening-hours", "mon-fri 09:00-18:00, wed closed", "'wed closed' does not close what 'mon-fri 09:00-18:00'"),
        ("lunch-break", "12-13", "'12-13' is no span of time"),
        ("lunch-break", "19:00-20:00", "19:00-20:00 lies in none of the hours mon-fri 09:00-18:00, sat 09:00-12:00"),
        ("holidays", "perhaps", "'perhaps': answer yes (closed) or no (open as on other days)"),
        ("company-days", "2026-02-30", "'2026-02-30' is no day; write 2026-08-13, 2026-08-13..2026-08-15"),
        ("company-days", "05-01, golden week", "'goldenweek' is no day"),
        ("year-end", "2026-12-29..2026-01-03", "does not run from a day to a later one"),
        ("closure-days", "09-01..09-30", "would come back every year; write the year too, as in 2026-09-01"),
        ("closure-days", "2025-09-01..2025-09-30", "2025-09-01..2025-09-30 is over already"),
        ("closure-days", "none", "'none' is no day"),
        ("closure-days", "", "this must be answered; 2026-09-01..2026-09-30"),
        ("team", "Front Desk", "'Front Desk' is no name of a team: small letters, digits and hyphens, or none"),
        ("on-call-numbers", "119", "'119' is no telephone number (write 0312345678 or +81312345678)"),
        ("on-call-numbers", "doctor", "'doctor' is no telephone number"),
        ("on-call-numbers", ",", "write one number, or up to 10 with commas between them, or none"),
        ("on-call-numbers", " ", "this must be answered; 09012345678, +81312345678, or none"),
        ("on-call-numbers", ",".join(f"030000000{i:02}" for i in range(11)), "is no telephone number"),
        ("on-call-numbers", ",".join(f"031234567{i}" for i in range(10)) + ",0312345680", "up to 10"),
        ("languages", "ja, fr", "fr: no language here; one or more of ja, en, zh, ko"),
        ("languages", "、", "nothing: no language here"),
    ],
)
def test_what_does_not_fit_is_told_with_what_would(name: str, typed: str, said: str) -> None:
    with pytest.raises(RuleBroken) as raised:
        answered(name, typed, NINE_TO_SIX, TODAY)
    assert said in str(raised.value)


def test_several_languages_bring_the_keys_that_the_prompts_name() -> None:
    found = answered("languages", "ja, zh, en", {}, TODAY)
    assert found["languages.keys"] == {"1": "ja", "3": "zh", "2": "en"}
    assert found["languages.prompts"] == ["language-choice-ja", "language-choice-zh", "language-choice-en"]
    assert (found["languages.en"], found["languages.ko"]) == ("en", None)


def test_one_language_leaves_nothing_to_choose() -> None:
    found = answered("languages", "en", {}, TODAY)
    assert found["languages"] == ["en"]
    assert {name: value for name, value in found.items() if value} == {"languages": ["en"]}


@pytest.mark.parametrize(
    ("lines", "pause", "left"),
    [
        (["mon-fri 09:00-18:00"], "12:00-13:00", ["mon-fri 09:00-12:00 13:00-18:00"]),
        (["mon-fri 09:00-18:00", "sat 09:00-12:00"], "12:00-13:00",
         ["mon-fri 09:00-12:00 13:00-18:00", "sat 09:00-12:00"]),
        (["mon-fri 10:00-15:00 16:00-22:00", "hol closed"], "18:00-18:30",
         ["mon-fri 10:00-15:00 16:00-18:00 18:30-22:00", "hol closed"]),
        (["fri 18:00-05:00"], "20:00-21:00", ["fri 18:00-20:00 21:00-05:00"]),
    ],
)  # fmt: skip
def test_a_break_is_cut_out_of_the_hours(lines: list[str], pause: str, left: list[str]) -> None:
    assert without(lines, pause) == left


def test_hours_that_name_holidays_leave_no_question_about_them() -> None:
    settled = QUESTIONS["holidays"].settled
    assert settled({"opening-hours": ["mon-fri 09:00-18:00"]}) is None
    assert settled({"opening-hours": ["mon-fri 09:00-18:00", "hol 10:00-12:00"]}) == "yes"
