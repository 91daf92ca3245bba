"""Callers' numbers as classes: as many as the conditions of a flow can tell apart. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from smartdesk_pbx.flow.nodes import CallerIs

LONGEST = 12
"""Digits of a number made up for an example."""


@dataclass(frozen=True)
class NumberClass:
    """Numbers whose longest beginning, of all that the flow names, is `prefix` ("" for none of them).

    `prefix` None: the caller withholds the number. `country`: which of the countries that the flow names it belongs
    to; None for any other, and for numbers of which nobody knows.
    """

    prefix: str | None
    country: str | None = None

    def fits(self, case: CallerIs) -> bool:
        """Does a condition on the number hold?"""
        if case.anonymous:
            return self.prefix is None
        if self.prefix is None:
            return False
        return self.prefix.startswith(case.ranges) if case.ranges else self.country in case.countries

    def __str__(self) -> str:
        if self.prefix is None:
            return "anonymous"
        country = f" of {self.country}" if self.country else ""
        return f"{self.prefix}…{country}" if self.prefix else "a number like none that the flow names"


def number_classes(cases: Iterable[CallerIs]) -> tuple[NumberClass, ...]:
    """The classes, the withheld number first.

    Some may hold no number at all (a country without a number of that range): the search then tries a caller who
    cannot exist, which can break a proof but never make a wrong one.
    """
    listed = list(cases)
    codes = {country: code for case in listed for country in case.countries if (code := _calling_code(country))}
    prefixes = {prefix for case in listed for prefix in case.ranges} | set(codes.values())
    found = [NumberClass(None)]
    for prefix in ("", *sorted(prefixes)):
        found += [NumberClass(prefix, country) for country, code in codes.items() if prefix.startswith(code)]
        found.append(NumberClass(prefix))
    return tuple(found)


def _calling_code(country: str) -> str | None:
    import phonenumbers  # its metadata is slow to load, and few flows ask

    code = phonenumbers.country_code_for_region(country)
    return f"+{code}" if code else None
