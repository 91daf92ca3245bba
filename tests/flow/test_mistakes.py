"""Every kind of mistake in a flow's nodes, each with the message that its writer reads."""

import pytest

from smartdesk_pbx.errors import Mistakes
from smartdesk_pbx.flow.load import load

HEAD = """\
flow: x
languages: [ja, en]
start: a
calendars:
  office: {weekly: ["mon-fri 09:00-18:00"], exceptions: [{name: fair, days: 2026-12-05..2026-12-06}]}
nodes:
"""
END = "  z: {kind: hangup}\n"


def said(node: str) -> list[str]:
    """The mistakes of a flow whose first node stands in line 7."""
    with pytest.raises(Mistakes) as raised:
        load(f"{HEAD}  a: {node}\n{END}")
    return [str(m) for m in raised.value.mistakes]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("{kind: hours, calendar: ofice, open: z, closed: z}",
         "there is no calendar 'ofice' (did you mean 'office'?)"),
        ("{kind: hours, calendar: office, open: z, closed: z, exceptions: {fare: z}}",
         "calendar 'office' never answers with an exception 'fare' (did you mean 'fair'?)"),
        ("{kind: hours, calendar: office, open: z, closed: zz}", "there is no node 'zz' (did you mean 'z'?)"),
        ("{kind: hours, calendar: office, open: z, closed: z, exceptions: {fair: zz}}", "there is no node 'zz'"),
        ("{kind: language, prompts: [x], keys: {'1': ko}, next: z}",
         "language 'ko' can be chosen, but the flow does not speak it (add it to `languages`)"),
        ("{kind: language, prompts: [x], next: z}", "give prompts and keys, or else the numbers that are called"),
        ("{kind: language, numbers: {'0312345678': en}, next: z}",
         "'0312345678' does not fit here (a number with + and country code, in quotes"),
        ("{kind: caller, cases: [{next: z}], otherwise: z}",
         "a case has exactly one of anonymous, list, repeat_hours, ranges, countries"),
        ("{kind: caller, cases: [{anonymous: true, list: vip, next: z}], otherwise: z}", "a case has exactly one of"),
        ("{kind: caller, cases: [{countries: [jp], next: z}], otherwise: z}", "two capital letters, such as JP"),
        ("{kind: caller, cases: [{ranges: ['090'], next: z}], otherwise: z}",
         'the beginning of a number with + and country code, in quotes, such as "+8190"'),
        ("{kind: caller, cases: [{list: vip, next: zz}], otherwise: z}", "there is no node 'zz'"),
        ("{kind: ring, next: z, on_no_answer: z}", "nobody is rung: give numbers in `to`"),
        ("{kind: ring, to: ['0312345678'], next: z, on_no_answer: z}",
         'a number with + and country code, in quotes, such as "+81312345678"'),
        ("{kind: ring, to: [+81312345678], next: z, on_no_answer: z}",
         "+81312345678 stands without quotes and would not stay as written (write '+81312345678')"),
        ("{kind: lookup, url: system.example, answers: {vip: z}, otherwise: z}",
         "a whole address, such as https://system.example/lookup"),
        ("{kind: lookup, url: 'https://system.example/', answers: {vip: zz}, otherwise: z}", "there is no node 'zz'"),
        ("{kind: lookup, url: 'https://system.example/', limit_s: 60, answers: {vip: z}, otherwise: z}",
         "limit_s: Input should be less than or equal to 10, not 60"),
        ("{kind: collect, prompts: [x], patterns: [0nnn], next: z, on_silence: z}",
         "digits, and x for any digit, such as 0xxxxxxxxx"),
        ("{kind: collect, prompts: [x], least: 5, most: 4, next: z, on_silence: z}",
         "least is more than most: no digits would fit"),
        ("{kind: announce, prompts: ['@opening'], next: z}", "one of @name, @number, @caller, @time, @day, @opens"),
        ("{kind: tag, tags: [], next: z}", "tags: "),
        ("{kind: jump, next: z}", "unknown kind 'jump'"),
        ("{kind: call, flow: other, exits: {done: z}}",
         "there is no shared flow 'other' (publish it first, or put its file beside this)"),
        ("{kind: call, flow: other, exits: {done: zz}}", "there is no node 'zz'"),
    ],
)  # fmt: skip
def test_it_is_told_with_its_line(node: str, expected: str) -> None:
    found = said(node)
    assert any(one.startswith("flow.yaml:7: ") and expected in one for one in found), found


def test_opens_needs_a_calendar() -> None:
    with pytest.raises(Mistakes, match="@opens is said, but the flow has no calendar"):
        load(
            f"flow: x\nlanguages: [ja]\nstart: a\nnodes:\n  a: {{kind: announce, prompts: ['@opens'], next: z}}\n{END}"
        )
