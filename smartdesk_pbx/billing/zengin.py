"""Files of the Japanese Bankers Association (全銀): records of fixed width in one-byte katakana (JIS X 0201). Pure."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from smartdesk_pbx.billing.kana import half_width
from smartdesk_pbx.errors import RuleBroken

Layout = Mapping[str, tuple[int, int]]
"""Field → (first byte from 0, width)."""

_REIWA = 2018


def layout(*fields: tuple[str, int]) -> Layout:
    """The layout of a record from the widths of its fields."""
    at, found = 0, {}
    for name, width in fields:
        found[name] = (at, width)
        at += width
    return found


def records(content: bytes, width: int, name: str) -> Iterator[tuple[int, bytes]]:
    """Records with their numbers from 1, with or without line ends. Raises `RuleBroken` for a file that is none."""
    plain = content.rstrip(b"\x1a\r\n").replace(b"\r", b"").replace(b"\n", b"")
    if not plain.startswith(b"1") or len(plain) % width:
        raise RuleBroken(f"{name}: no 全銀 file of {width} bytes a record: it has {len(plain)} bytes without line ends")
    if plain[3:4] == b"1":
        raise RuleBroken(f"{name}: written in EBCDIC; ask the bank for JIS")
    for at in range(0, len(plain), width):
        yield at // width + 1, plain[at : at + width]


def record(of: Layout, values: Mapping[str, str], numeric: Collection[str]) -> bytes:
    """A record: `numeric` fields right with zeros before, others left with spaces behind.

    Raises `RuleBroken` for a number that does not fit or letters that such a file cannot hold.
    """
    return b"".join(_written(name, values.get(name, ""), width, name in numeric) for name, (_, width) in of.items())


def _written(name: str, text: str, width: int, is_number: bool) -> bytes:
    letters = half_width(text, name).encode("cp932")
    if is_number and len(letters) > width:
        raise RuleBroken(f"{name}: {text} has more than {width} digits")
    return letters.rjust(width, b"0") if is_number else letters[:width].ljust(width)


def text(row: bytes, of: Layout, name: str) -> str:
    """A field, without the spaces around it."""
    at, width = of[name]
    return row[at : at + width].decode("cp932", errors="replace").strip()


def number(row: bytes, of: Layout, name: str) -> int:
    """A field as a number. Raises ValueError when it is none."""
    found = text(row, of, name)
    if not (found.isascii() and found.isdecimal()):
        raise ValueError(f"{name}: {found!r} is no number")
    return int(found)


def day(row: bytes, of: Layout, name: str) -> date:
    """A field YYMMDD, the year counted in Reiwa, as a date. Raises ValueError when it is none."""
    found = text(row, of, name)
    if len(found) != 6 or not (found.isascii() and found.isdecimal()):
        raise ValueError(f"{name}: {found!r} is no date YYMMDD (year of Reiwa)")
    return date(_REIWA + int(found[:2]), int(found[2:4]), int(found[4:]))
