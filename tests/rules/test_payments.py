"""R16.1: whose a transfer is and what it pays; names as banks write them; a bank's CSV."""

from datetime import date
from uuid import UUID

import pytest

from smartdesk_pbx.billing.bank_csv import PLAIN, format_from_yaml, read_csv
from smartdesk_pbx.billing.items import Item, Paid
from smartdesk_pbx.billing.kana import half_width, payer_key
from smartdesk_pbx.billing.payments import Known, Match, Transfer, Unmatched, keys, match, named_numbers
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.errors import Mistakes, RuleBroken

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
DAY = date(2026, 12, 25)


def item(number: int, of: UUID, yen: int, *, due: int = 31, paid: int = 0) -> Item:
    day = date(2026, 12, due)
    return Item(number, of, Month(2026, 11), day, yen, yen, 0, (Paid(DAY, paid),) if paid else ())


KNOWN = Known(
    [
        item(11, A, 11_000, due=30), item(12, A, 5_500), item(13, A, 900), item(21, B, 11_000), item(31, C, 7_000),
        item(22, B, 4_000, paid=4_000),
    ],
    {"サクラ": {A}, "アオゾラ": {B}, "ヤマダ": {A, B}},
    {A: 880, B: 880, C: 0},
)  # fmt: skip


def transfer(yen: int, payer: str = "", reference: str = "") -> Transfer:
    return Transfer(1, DAY, yen, payer, reference)


@pytest.mark.parametrize(
    ("one", "of", "pays", "credit", "rule"),
    [
        (transfer(11_000, "ｶ)ﾀﾞﾚｶ", "No.21"), B, ((21, 11_000),), 0, "number and amount"),
        (transfer(10_120, "ｶ)ﾀﾞﾚｶ", "請求書番号 21"), B, ((21, 10_120),), 0, "number, short by the bank's fee"),
        (transfer(5_500, "ｶ)ｻｸﾗ"), A, ((12, 5_500),), 0, "payer and amount"),
        (transfer(16_500, "ｻｸﾗ(ｶ"), A, ((11, 11_000), (12, 5_500)), 0, "payer and amount"),
        (transfer(17_400, "サクラ"), A, ((11, 11_000), (12, 5_500), (13, 900)), 0, "payer, all that is open"),
        (transfer(10_670, "サクラ"), A, ((11, 10_670),), 0, "payer, short by the bank's fee"),
        (transfer(13_000, "サクラ"), A, ((11, 11_000), (12, 2_000)), 0, "payer, the oldest first"),
        (transfer(20_000, "サクラ"), A, ((11, 11_000), (12, 5_500), (13, 900)), 2_600, "payer, more than is open"),
        (transfer(16_100, "サクラ"), A, ((11, 11_000), (12, 5_100)), 0, "payer, short by the bank's fee"),
    ],
)  # fmt: skip
def test_r16_1_the_first_rule_that_fits_decides(
    one: Transfer, of: UUID, pays: tuple[tuple[int, int], ...], credit: int, rule: str
) -> None:
    assert match(one, KNOWN) == Match(of, pays, credit, rule)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "why", "perhaps"),
    [
        (transfer(11_000, "ｼﾗﾅｲﾋﾄ"), "no contract is known", (11, 21)),
        (transfer(1, ""), "a payer without name", ()),
        (transfer(4_000, "ヤマダ"), "2 contracts are paid by", (11, 12, 21, 13)),
        (transfer(6_999, "", "No.31"), "no contract is known", (31,)),
        (transfer(4_000, "", "No.22"), "no contract is known", ()),
    ],
)  # fmt: skip
def test_r16_1_an_amount_alone_decides_nothing_it_is_suggested(
    one: Transfer, why: str, perhaps: tuple[int, ...]
) -> None:
    found = match(one, KNOWN)
    assert isinstance(found, Unmatched) and why in found.why
    assert set(found.perhaps) == set(perhaps)


def test_two_equal_transfers_of_a_day_are_two_and_one_in_two_files_is_one() -> None:
    twice = [transfer(5, "ア"), transfer(5, "ｱ"), transfer(6, "ア")]
    first, second, third = keys(twice, "main")
    assert len({first, second, third}) == 3
    assert keys(twice[:1], "main") == [first] and keys(twice[1:], "main") == [first, third]
    assert keys(twice[:1], "other") != [first]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("No.12", (12,)), ("ＮＯ．１２", (12,)), ("請求書 12 13", (12,)), ("INV-000042 / #43", (42, 43)),
        ("ｾｲｷﾕｳｼﾖ000012", (12,)), ("2026年11月分", ()), ("0312345678", ()), ("", ()),
    ],
)  # fmt: skip
def test_numbers_named_in_a_text(text: str, numbers: tuple[int, ...]) -> None:
    assert named_numbers(text) == numbers


@pytest.mark.parametrize(
    "name",
    [
        "ｶ)ｻｸﾗｼﾖｳｼﾞ",
        "カブシキガイシャサクラショウジ",
        "サクラシヨウジ(カ",
        "サクラ ショウジ（カ）",
        "さくらしょうじ",
    ],
)
def test_one_payer_in_the_writings_of_many_banks(name: str) -> None:
    assert payer_key(name) == "サクラシヨウジ"


def test_lengthening_marks_and_hyphens_are_one() -> None:
    assert payer_key("ｽﾏ-ﾄﾃﾞｽｸ") == payer_key("スマートデスク") == payer_key("スマ－トデスク")


def test_half_width_is_what_a_bank_can_read() -> None:
    assert half_width("カ）スマートデスク", "name") == "ｶ)ｽﾏ-ﾄﾃﾞｽｸ"
    assert half_width("さくらしょうじ", "name") == "ｻｸﾗｼﾖｳｼﾞ"
    assert half_width("パン abc1", "name") == "ﾊﾟﾝ ABC1"
    with pytest.raises(RuleBroken, match=r"桜.*katakana"):
        half_width("桜", "name")


# ---- a bank's CSV ----------------------------------------------------------------------------------

FORMAT = """\
format: example
encoding: cp932
skip_lines: 1
day: 取引日
yen: 入金額
payer: 摘要
reference: [メモ, 備考]
only: {区分: 振込}
"""
CSV = """口座 1234567
取引日,区分,入金額,出金額,摘要,メモ,備考
2026/12/25,振込,"11,000",,ｶ)ｻｸﾗ,No.12,x
2026/12/25,利息,5,,,,
2026/12/26,振込,,500,ﾃｽｳﾘﾖｳ,,
2026/12/26,振込,5500円,,ﾔﾏﾀﾞ,,

"""


def test_a_bank_s_columns_are_named_in_its_format() -> None:
    found = read_csv(CSV.encode("cp932"), format_from_yaml(FORMAT, "f.yaml"), "bank.csv")
    assert found == [
        Transfer(3, date(2026, 12, 25), 11_000, "カ)サクラ", "No.12 x"),
        Transfer(6, date(2026, 12, 26), 5_500, "ヤマダ", ""),
    ]


def test_our_own_format_needs_no_file() -> None:
    content = "day,yen,payer,reference\n2026-12-25,11000,サクラ,No.12\n".encode("utf-8-sig")
    assert read_csv(content, PLAIN, "b.csv") == [Transfer(2, date(2026, 12, 25), 11_000, "サクラ", "No.12")]


def test_every_line_that_cannot_be_read_is_named() -> None:
    content = b"day,yen,payer,reference\n2026-13-25,1,x,y\n2026-12-25,-5,x,y\n2026-12-25,5,x\n2026-12-25,5,x,y\n"
    with pytest.raises(Mistakes) as caught:
        read_csv(content, PLAIN, "b.csv")
    assert [m.where for m in caught.value.mistakes] == ["b.csv:2", "b.csv:3", "b.csv:4"]
    assert "'-5' is no amount of yen" in str(caught.value)


def test_a_file_without_a_column_or_in_another_encoding_is_refused() -> None:
    with pytest.raises(RuleBroken, match="no column payer, reference; it has day, yen"):
        read_csv(b"day,yen\n", PLAIN, "b.csv")
    with pytest.raises(RuleBroken, match="not written in utf-8-sig"):
        read_csv("取引日".encode("cp932"), PLAIN, "b.csv")


def test_mistakes_of_a_format_are_told_with_their_lines() -> None:
    with pytest.raises(Mistakes) as caught:
        format_from_yaml("format: x\nday: d\nyenn: y\npayer: p\n", "f.yaml")
    assert "f.yaml:3" in str(caught.value) and "yen" in str(caught.value)
    with pytest.raises(Mistakes, match=r"f\.yaml:2: no such encoding"):
        format_from_yaml("format: x\nencoding: klingon\nday: d\nyen: y\npayer: p\n", "f.yaml")
