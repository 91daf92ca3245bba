"""Telephone numbers as text: read into E.164, shown, masked; and what class of caller one makes (R2.2). Pure.

What comes from the network was typed by a stranger: nothing here raises on any text.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers as pn

from smartdesk_pbx.contract.events import CallerClass
from smartdesk_pbx.errors import RuleBroken

LONGEST_TEXT = 40
"""Characters; a longer text is no telephone number and is not looked at."""

_SEPARATORS = str.maketrans("", "", " -.()/")
_PLAIN = re.compile(r"\+?[0-9]{3,20}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{5,14}", re.ASCII)
_WITHHELD = frozenset(
    {"", "anonymous", "unavailable", "restricted", "private", "withheld", "unknown", "coin line", "asterisk"}
)
_HIDING = frozenset({"id", "user", "header"})


def _parse(text: str, country: str) -> pn.PhoneNumber | None:
    if len(text) > LONGEST_TEXT:
        return None
    plain = text.translate(_SEPARATORS)
    if not _PLAIN.fullmatch(plain):
        return None
    try:
        return pn.parse(plain, country)
    except pn.NumberParseException:
        return None


def _format(number: pn.PhoneNumber) -> str | None:
    text = pn.format_number(number, pn.PhoneNumberFormat.E164)
    return text if _E164.fullmatch(text) else None


@lru_cache(maxsize=4096)
def e164(text: str, country: str = "JP") -> str | None:
    """`text` as E.164 ("+81…"), national numbers read in `country`; None for "anonymous", "110" and anything else.

    Only the length is looked at, not whether the range is in use: a number plan younger than ours is still readable.
    """
    number = _parse(text, country)
    return _format(number) if number is not None and pn.is_possible_number(number) else None


def checked(text: str, country: str = "JP", *, what: str = "number") -> str:
    """`text` as E.164, for what our own staff typed: the range must be in use. Raises `RuleBroken` with one line."""
    number = _parse(text, country)
    found = _format(number) if number is not None and pn.is_valid_number(number) else None
    if found is None:
        raise RuleBroken(f"{what}: {text[:LONGEST_TEXT]!r} is no telephone number (write 0312345678 or +81312345678)")
    return found


def national(number: str, country: str = "JP") -> str:
    """An E.164 number as one dials it within `country` ("0312345678").

    Numbers of other countries stay as they are, and those whose national form would be read as another number.
    """
    parsed = _parse(number, country)
    if parsed is None or pn.region_code_for_country_code(parsed.country_code or 0) != country:
        return number
    shown = pn.format_number(parsed, pn.PhoneNumberFormat.NATIONAL)
    digits = "".join(c for c in shown if c in "0123456789")
    return digits if e164(digits, country) == number else number


def mask(number: str | None) -> str:
    """For logs: the last four digits at most, "***5678"; "-" for none. Short numbers are hidden whole."""
    if not number:
        return "-"
    digits = [c for c in number if c in "0123456789"]
    return "***" + "".join(digits[-4:]) if len(digits) > 7 else "***"


@dataclass(frozen=True)
class Caller:
    """Who calls, as far as the caller wants it known. `number`: E.164, only where the class is "number"."""

    number: str | None
    caller_class: CallerClass


def read_caller(text: str, presentation: str = "", privacy: str = "", country: str = "JP") -> Caller:
    """R2.2: what was signalled about the caller.

    `presentation`: Asterisk's word for it ("allowed", "prohib_not_screened", ...); `privacy`: the Privacy header
    (RFC 3323: "id", "user;id", "none"). A withheld number is not even read: it is neither stored nor shown.
    """
    if _withheld(presentation, privacy) or _bare(text) in _WITHHELD:
        return Caller(None, "anonymous")
    number = e164(text, country)
    return Caller(number, "number" if number else "unreadable")


def caller_class(text: str, presentation: str = "", privacy: str = "", country: str = "JP") -> CallerClass:
    """The class alone: "number", "anonymous" (withheld or not given) or "unreadable"."""
    return read_caller(text, presentation, privacy, country).caller_class


def _withheld(presentation: str, privacy: str) -> bool:
    wishes = {part.strip().lower() for part in re.split(r"[;,]", privacy)}
    return presentation.strip().lower().startswith("prohib") or bool(wishes & _HIDING)


def _bare(text: str) -> str:
    return text.strip().strip('"<>').strip().lower()
