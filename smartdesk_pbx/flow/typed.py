"""Answers as people type them, in English or Japanese words, read into what a flow says. Pure.

Each `read_…` takes what was typed, the answers before it, and today's date; it gives values by part ("" for the whole)
and raises `RuleBroken` that says what to write instead.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import ValidationError

from smartdesk_pbx.contract.hours import (
    CLOSED_RIGHT,
    DAY_MINUTES,
    DAYS,
    HOLIDAY,
    HOURS_RIGHT,
    Span,
    read_closed,
    read_line,
    read_span,
)
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.parts import NAME
from smartdesk_pbx.flow.written_calendar import Calendar

Value = str | list[str] | dict[str, str] | None
"""None, and `none`: there is no such thing."""
Answers = Mapping[str, Value]
Parts = Mapping[str, Value]

NONE = "none"
KEY_OF = {"ja": "1", "en": "2", "zh": "3", "ko": "4"}
"""The keys that the prompts `language-choice-…` name."""
MOST_NUMBERS = 10

_YES = ("yes", "y", "はい")
_NO = ("no", "n", "いいえ")
_NOTHING = (NONE, "-", "no", "なし", "無し")
_SAID = (
    ("平日", "mon-fri"), ("祝日", "hol"), ("曜日", ""), ("月", "mon"), ("火", "tue"), ("水", "wed"), ("木", "thu"),
    ("金", "fri"), ("土", "sat"), ("日", "sun"), ("祝", "hol"), ("休み", " closed"), ("・", "+"), ("から", "-"),
    ("〜", "-"), ("~", "-"),
)  # fmt: skip
"""Hours as Japanese write them, in the words of the calendars, the longer ones first."""


def is_there(value: Value) -> bool:
    """Does an answer say that there is such a thing?"""
    return value not in (None, NONE) and value != []


def _listed(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in re.split("[,、]", unicodedata.normalize("NFKC", text)) if part.strip()]


def _nothing(text: str) -> bool:
    return text.strip().lower() in _NOTHING


# ---- hours and days --------------------------------------------------------------------------------------------------


def read_hours(text: str, before: Answers, today: date) -> Parts:
    """Lines of hours, as `weekly` of a calendar has them."""
    said = unicodedata.normalize("NFKC", text)
    for words, ours in _SAID:
        said = said.replace(words, ours)
    said = re.sub(f"({'|'.join(DAYS)})(?={'|'.join(DAYS)})", r"\1+", _two_digits(said).lower())
    lines = [" ".join(re.sub(r"^([a-z+-]+)(?=\d)", r"\1 ", part).split()) for part in _listed(said)]
    if not any(read_line(line).spans for line in lines):
        raise RuleBroken(f"nothing is open; {HOURS_RIGHT}")
    _as_calendar(lines)
    return {"": lines}


def _as_calendar(lines: Sequence[str]) -> None:
    try:
        Calendar(weekly=tuple(lines))
    except ValidationError as error:
        raise RuleBroken("; ".join(e["msg"] for e in error.errors(include_url=False))) from None


def without(lines: Sequence[str], pause: str) -> list[str]:
    """Lines of hours with a pause taken out of each span. Raises `RuleBroken` when none of them has room for it."""
    rest = read_span(pause)
    cut = [_cut(line, rest) for line in lines]
    if cut == list(lines):
        raise RuleBroken(f"{pause} lies in none of the hours {', '.join(lines)}")
    return cut


def _cut(line: str, rest: Span) -> str:
    spans: list[str] = []
    for span in read_line(line).spans:
        if span.since < rest.since and rest.to < span.to:
            spans += [_span(span.since, rest.since), _span(rest.to, span.to)]
        else:
            spans.append(_span(span.since, span.to))
    return " ".join([line.split()[0], *(spans or ["closed"])])


def _span(since: int, to: int) -> str:
    to = to if to <= DAY_MINUTES else to - DAY_MINUTES
    return f"{since // 60:02}:{since % 60:02}-{to // 60:02}:{to % 60:02}"


def read_pause(text: str, before: Answers, today: date) -> Parts:
    """A span within the opening hours, or nothing."""
    if _nothing(text):
        return {"": None}
    said = _two_digits(unicodedata.normalize("NFKC", text)).replace("〜", "-").replace("~", "-").strip()
    without(_list(before, "opening-hours"), said)
    return {"": said}


def _two_digits(text: str) -> str:
    return re.sub(r"(?<!\d)(\d):", r"0\1:", text)


def read_holidays(text: str, before: Answers, today: date) -> Parts:
    """Whose national holidays are days off: JP, or none."""
    said = text.strip().lower()
    if said not in (*_YES, *_NO):
        raise RuleBroken(f"{text!r}: answer yes (closed) or no (open as on other days)")
    return {"": "JP" if said in _YES else NONE}


def holidays_settled(before: Answers) -> str | None:
    """The opening hours may have said already what holds on holidays."""
    hours = _list(before, "opening-hours")
    return "yes" if any(HOLIDAY in read_line(line).days for line in hours) else None


def _list(before: Answers, name: str) -> list[str]:
    value = before.get(name)
    return value if isinstance(value, list) else []


def read_days(text: str, before: Answers, today: date) -> Parts:
    """One day or a run of days, of a year or of every year; or nothing."""
    return {"": None if _nothing(text) else _as_days(text)}


def read_some_days(text: str, before: Answers, today: date) -> Parts:
    """Several of them, or nothing."""
    if _nothing(text):
        return {"": None}
    listed: Value = [_as_days(part) for part in _listed(text)]
    return {"": listed}


def _as_days(text: str) -> str:
    said = re.sub("[年月/]", "-", re.sub("[日 ]", "", unicodedata.normalize("NFKC", text)))
    said = re.sub(r"(?<!\d)(\d)(?!\d)", r"0\1", re.sub("から|[~〜]", "..", said))
    try:
        read_closed(said)
    except RuleBroken as error:
        raise RuleBroken(f"{error}; {CLOSED_RIGHT}") from None
    return said


def read_closure(text: str, before: Answers, today: date) -> Parts:
    """A run of days of one year, not over yet."""
    said = _as_days(text)
    last = read_closed(said).last
    if not last[0]:
        raise RuleBroken(f"{said} would come back every year; write the year too, as in {today.year}-{said[:5]}")
    if date(*last) < today:
        raise RuleBroken(f"{said} is over already")
    return {"": said}


# ---- words and numbers -----------------------------------------------------------------------------------------------


def read_languages(text: str, before: Answers, today: date) -> Parts:
    """The languages; with several of them the keys and prompts by which a caller chooses."""
    chosen = list(dict.fromkeys(_listed(text.lower())))
    unknown = [one for one in chosen if one not in KEY_OF]
    if unknown or not chosen:
        raise RuleBroken(f"{', '.join(unknown) or 'nothing'}: no language here; one or more of {', '.join(KEY_OF)}")
    listed: Value = list(chosen)
    if len(chosen) < 2:
        return {"": listed, "keys": None, "prompts": None, **dict.fromkeys(KEY_OF)}
    keys: Value = {KEY_OF[one]: one for one in chosen}
    prompts: Value = [f"language-choice-{one}" for one in chosen]
    return {"": listed, "keys": keys, "prompts": prompts, **{one: one if one in chosen else None for one in KEY_OF}}


def read_team(text: str, before: Answers, today: date) -> Parts:
    """The name of a team, or nothing."""
    if _nothing(text):
        return {"": None}
    if not re.fullmatch(NAME, text.strip()):
        raise RuleBroken(f"{text.strip()!r} is no name of a team: small letters, digits and hyphens, or none")
    return {"": text.strip()}


def read_numbers(text: str, before: Answers, today: date) -> Parts:
    """Numbers that ring, E.164, or nothing."""
    if _nothing(text):
        return {"": None}
    numbers: Value = list(dict.fromkeys(checked(part) for part in _listed(text)))
    if not numbers or len(numbers) > MOST_NUMBERS:
        raise RuleBroken(f"write one number, or up to {MOST_NUMBERS} with commas between them, or none")
    return {"": numbers}
