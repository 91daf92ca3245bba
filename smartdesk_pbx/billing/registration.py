"""The registration number of a qualified invoice issuer (適格請求書発行事業者): T and 13 digits. Pure."""

import re
import unicodedata

from smartdesk_pbx.errors import RuleBroken

_SHAPE = re.compile(r"T([0-9])([0-9]{12})", re.ASCII)


def registration_number(text: str) -> str:
    """The number as it is printed, `T1234567890123`; full-width signs, spaces and hyphens are forgiven.

    Raises `RuleBroken` when it has another shape, or its check digit is not that of a company number.
    """
    written = unicodedata.normalize("NFKC", text).upper().translate(dict.fromkeys(map(ord, " -‐−"), None))
    found = _SHAPE.fullmatch(written)
    if found is None:
        raise RuleBroken(f"{text!r} is no registration number: T and 13 digits, such as T7000012050002")
    check, base = int(found[1]), found[2]
    if check != check_digit(base):
        raise RuleBroken(f"{text!r}: the check digit does not fit: one of the 13 digits is mistyped")
    return written


def check_digit(base: str) -> int:
    """The first of the 13 digits from the other 12: 9 less the sum, weights 1 and 2 from the right, modulo 9."""
    weighted = (int(digit) * (1 if i % 2 == 0 else 2) for i, digit in enumerate(reversed(base)))
    return 9 - sum(weighted) % 9
