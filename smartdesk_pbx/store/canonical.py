"""Is a text RFC 8785 canonical JSON? Fast for what is stored mostly; the library decides wherever they could differ.

Sorted JSON without blanks is the canonical form unless numbers other than small whole ones, or characters that sort
otherwise as UTF-16 than as code points, occur in it.
"""

import json
from functools import lru_cache

import msgspec
import rfc8785

_SORTS = bytes(ord("0") if chr(byte) in "0123456789" else ord("!") if byte >= 0xF0 else ord(" ") for byte in range(256))
"""Each byte as one of three: a digit, a character beyond UTF-16's first plane, anything else."""

_LONG_NUMBER = b"0" * 16
"""Whole numbers from 2**53 on have as many digits; they have no canonical form."""

_encode = msgspec.json.Encoder(order="sorted").encode


class _Float(Exception):
    """A number that is not whole: its canonical form is JavaScript's."""


def _float(text: str) -> float:
    raise _Float


_decode = msgspec.json.Decoder(float_hook=_float).decode


@lru_cache(maxsize=4096)
def is_canonical(written: bytes) -> bool:
    """True when this UTF-8 text is exactly what RFC 8785 makes of the value it stands for."""
    sorts = written.translate(_SORTS)
    if b"!" not in sorts and _LONG_NUMBER not in sorts:
        try:
            return _encode(_decode(written)) == written
        except _Float:
            pass
        except (msgspec.MsgspecError, RecursionError):
            return False
    return _by_library(written)


def _by_library(written: bytes) -> bool:
    try:
        return bool(rfc8785.dumps(json.loads(written, parse_int=_number)) == written)
    except (ValueError, RecursionError):
        return False


def _number(digits: str) -> int | float:
    """Beyond what a float holds exactly, digits alone are how a float is written."""
    return int(digits) if len(digits) < len(_LONG_NUMBER) else float(digits)
