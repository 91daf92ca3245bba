"""Which pieces a value is read with: digits, a time, a day, a place in the queue. Pure.

A reading is phrases of pieces; each piece is a built prompt of the catalogue. What can be read is finite, so every
piece is made before the first call: `needed` names them.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Literal, get_args

from smartdesk_pbx.errors import RuleBroken

Kind = Literal["digits", "time", "day", "when", "position"]
"""digits: a number or keys; time: HH:MM; day: YYYY-MM-DD; when: a day and a time, YYYY-MM-DDTHH:MM; position: 1, 2…"""
KINDS: tuple[Kind, ...] = get_args(Kind)
PLACEHOLDERS: Mapping[str, Kind] = {
    "@number": "digits",
    "@caller": "digits",
    "@time": "time",
    "@day": "day",
    "@opens": "when",
    "@position": "position",
}
"""What stands in a flow's prompts, and what is read there. `@name` is a sound of the subscriber's own."""
LAST_PLACE = 20
"""Places beyond it are all read as "more than 20"."""

Phrases = tuple[tuple[str, ...], ...]
"""Ids of pieces: phrases with a pause between, the pieces of one close together."""

_DIGITS = {**{digit: f"digit-{digit}" for digit in "0123456789"}, "+": "plus", "*": "star", "#": "hash"}
_SPELLABLE = re.compile(r"\+?[0-9*#]{1,24}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLACE = re.compile(r"[1-9][0-9]{0,5}")


def phrases(kind: Kind, value: str, language: str, *, country: str = "JP") -> Phrases:
    """How a value is read in a language; `country` is the one whose numbers are read in national groups.

    Raises `RuleBroken`; what it says of digits does not contain them.
    """
    if kind == "digits":
        return _digits(value, country)
    if kind == "position":
        return ((_place(value),),)
    try:
        return _moment(kind, value, language)
    except ValueError:
        raise RuleBroken(f"{value!r} is not a {kind} that can be read aloud") from None


@cache
def needed(kind: Kind, language: str) -> frozenset[str]:
    """Every piece that a value of this kind may need in a language."""
    if kind == "digits":
        return frozenset(_DIGITS.values())
    if kind == "position":
        return frozenset(_place(str(place)) for place in range(1, LAST_PLACE + 2))
    times = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    days = [str(date(2024, 1, 1) + timedelta(days=n)) for n in range(366)]
    values = {"time": times, "day": days, "when": [f"{days[0]}T{t}" for t in times] + [f"{d}T09:00" for d in days]}[
        kind
    ]
    return frozenset(piece for value in values for phrase in phrases(kind, value, language) for piece in phrase)


def groups(number: str, country: str) -> list[str]:
    """How a number is read: national groups at home (03 1234 5678), + and country code abroad, else by four.

    Keys without + are read as they were typed: nothing is added or left out.
    """
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return _by_four(number)
    if not number.lstrip("+").isdigit() or not phonenumbers.is_possible_number(parsed):
        return _by_four(number)
    if parsed.country_code != phonenumbers.country_code_for_region(country):
        return _split(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    read = _split(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
    if not number.startswith("+"):
        return read if "".join(read) == number else _by_four(number)
    if phonenumbers.is_valid_number(parsed):
        return read
    return _by_four((phonenumbers.ndd_prefix_for_region(country, True) or "") + str(parsed.national_number))


def _split(formatted: str) -> list[str]:
    return re.findall(r"\+?[0-9]+", formatted)


def _by_four(number: str) -> list[str]:
    return re.findall(r"\+?[0-9*#]{1,4}", number)


def _digits(value: str, country: str) -> Phrases:
    if not _SPELLABLE.fullmatch(value):
        raise RuleBroken("not a number that can be read aloud")
    return tuple(tuple(_DIGITS[character] for character in group) for group in groups(value, country))


def _place(value: str) -> str:
    if not _PLACE.fullmatch(value):
        raise RuleBroken(f"{value!r} is not a place in a queue: 1, 2, …")
    return f"place-{value}" if int(value) <= LAST_PLACE else "place-more"


def _moment(kind: Kind, value: str, language: str) -> Phrases:
    written, _, clock = value.partition("T") if kind == "when" else (value, "", value)
    if kind == "time":
        return (_time(_clock(clock), language),)
    if not _DAY.fullmatch(written):
        raise ValueError(value)
    day = _day(date.fromisoformat(written), language)
    if kind == "day":
        return day
    told = _time(_clock(clock), language)
    return (*day, ("at", *told)) if language == "en" else (*day, (*told, "opens-end"))


def _clock(value: str) -> time:
    if not _TIME.fullmatch(value):
        raise ValueError(value)
    return datetime.strptime(value, "%H:%M").time()


def _day(day: date, language: str) -> Phrases:
    weekday, of_month = (f"wday-{day.isoweekday()}",), (f"month-{day.month}", f"day-{day.day}")
    return (weekday, of_month) if language == "en" else (of_month, weekday)


def _time(at: time, language: str) -> tuple[str, ...]:
    if at.minute == 0 and at.hour in (0, 12):
        return ("noon" if at.hour else "midnight",)
    half, hour = "pm" if at.hour >= 12 else "am", f"hour-{at.hour % 12}"
    minutes = _minutes(at.minute, language)
    return (hour, *minutes, half) if language == "en" else (half, hour, *minutes)


def _minutes(minute: int, language: str) -> tuple[str, ...]:
    """Multiples of five, which most hours are, are one piece, as are those up to ten; in English up to twenty, for
    it counts nineteen in one word and 21 in two."""
    if minute == 0:
        return ()
    if minute % 5 == 0 or minute < (20 if language == "en" else 10):
        return (f"min-{minute}",)
    unit = f"digit-{minute % 10}" if language == "en" else f"min-{minute % 10}"
    return (f"tens-{minute // 10}", unit)
