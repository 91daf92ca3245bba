"""Lists of callers from a CSV: all mistakes at once, each with its line."""

import pytest

from smartdesk_pbx.contract.caller_file import CallerRow, read_callers
from smartdesk_pbx.errors import Mistakes


def wrong(text: str, usual: str | None = "vip") -> list[str]:
    with pytest.raises(Mistakes) as raised:
        read_callers(text, "callers.csv", usual)
    return [str(one) for one in raised.value.mistakes]


def test_with_a_heading_the_columns_may_stand_in_any_order() -> None:
    text = '\ufeffnote,number,list\n"社長, 本人",090-1234-5678,\n,+81312345678,blocked\n\n'
    assert read_callers(text, "callers.csv", "vip") == [
        CallerRow("+819012345678", "vip", "社長, 本人"), CallerRow("+81312345678", "blocked", ""),
    ]  # fmt: skip


def test_without_a_heading_numbers_stand_first() -> None:
    assert read_callers("09012345678,花子\n0312345678\n", "callers.csv", "vip") == [
        CallerRow("+819012345678", "vip", "花子"), CallerRow("+81312345678", "vip", ""),
    ]  # fmt: skip


def test_all_mistakes_are_told_at_once_each_with_its_line() -> None:
    lines = ("number,list,note", "09012345678,,", "x012345678x,vip,", "09012345678,vip,", "0312345678,No List,", ",,x",
             "0312345679,vip,a,b")  # fmt: skip
    assert wrong("\n".join(lines)) == [
        "callers.csv:3: number: 'x012345678x' is no telephone number (write 0312345678 or +81312345678)",
        "callers.csv:4: the same caller as in line 2",
        "callers.csv:5: 'No List' is no list (small letters, digits and hyphens; or name one: --list)",
        "callers.csv:6: number: '' is no telephone number (write 0312345678 or +81312345678)",
        "callers.csv:7: more cells than columns (put a note with a comma in quotes)",
    ]


def test_a_leading_zero_that_a_spreadsheet_took_away_is_put_back() -> None:
    assert read_callers("number\n9012345678\n", "x", "vip") == [CallerRow("+819012345678", "vip", "")]


def test_a_list_must_be_named_somewhere() -> None:
    assert wrong("0312345678\n", None) == [
        "callers.csv:1: no list (small letters, digits and hyphens; or name one: --list)"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "callers.csv:1: nobody is in this file (a first line number,list,note, or numbers alone in the first "
             "column)"),
        ("name,number\n", "callers.csv:1: unknown column 'name' (the columns are number, list, note)"),
        ("list,note\nvip,x\n", "callers.csv:1: there is no column 'number' (the columns are number, list, note)"),
        (f"0312345678,{'x' * 201}\n", "callers.csv:1: a note of 201 characters (at most 200)"),
    ],
)  # fmt: skip
def test_a_file_that_is_none(text: str, told: str) -> None:
    assert wrong(text) == [told]
