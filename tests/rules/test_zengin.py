"""R16.1, R16.4: files of the Japanese Bankers Association, byte by byte."""

from datetime import date

import pytest

from smartdesk_pbx.billing import collection_csv
from smartdesk_pbx.billing.payments import Transfer
from smartdesk_pbx.billing.zengin_debit import BankAccount, Claim, Client, Result, read_results, write_debits
from smartdesk_pbx.billing.zengin_notice import read_notice
from smartdesk_pbx.errors import Mistakes, RuleBroken

US = Client("1234567890", BankAccount("0001", "234", "1", "7654321", "カ）スマートデスク"))
THEM = BankAccount("0005", "678", "2", "0012345", "ｶ)ｻｸﾗ")
DAY = date(2026, 12, 28)


def header(kind: str = "01", code: str = "0") -> bytes:
    return (b"1" + kind.encode() + code.encode() + b"081228" + b"081225081228" + b"0001").ljust(200)


def data(
    yen: int, payer: str, *, on: str = "081225", cancelled: str = "0", edi: str = "", booked: str = "081226"
) -> bytes:
    fields = (
        f"2{1:06}{booked}{on}{yen:010}{0:010}{0:010}".encode(), payer.encode("cp932").ljust(48), b"BANK".ljust(15),
        b"BRANCH".ljust(15), cancelled.encode(), edi.encode("cp932").ljust(20),
    )  # fmt: skip
    return b"".join(fields).ljust(200)


def trailer(count: int, yen: int, gone: int = 0, gone_yen: int = 0) -> bytes:
    return f"8{count:06}{yen:012}{gone:06}{gone_yen:012}".encode().ljust(200)


END = b"9".ljust(200)


@pytest.mark.parametrize("line_end", [b"", b"\r\n", b"\n"])
def test_r16_1_transfers_received_are_read(line_end: bytes) -> None:
    rows = [
        header(), data(11_000, "ｶ)ｻｸﾗ", edi="NO.12"), data(300, "ﾔﾏﾀﾞ", on="000000"),
        data(7, "ﾏﾁｶﾞｲ", cancelled="1"), trailer(2, 11_300, 1, 7), END,
    ]  # fmt: skip
    found = read_notice(b"".join(row + line_end for row in rows), "n.txt")
    assert found == [
        Transfer(2, date(2026, 12, 25), 11_000, "ｶ)ｻｸﾗ", "NO.12"), Transfer(3, date(2026, 12, 26), 300, "ﾔﾏﾀﾞ", ""),
    ]  # fmt: skip


def test_each_account_of_a_file_has_its_own_trailer() -> None:
    one, two = [header(), data(5, "ｱ"), trailer(1, 5)], [header(), data(6, "ｲ"), data(7, "ｳ"), trailer(2, 13)]
    assert [t.yen for t in read_notice(b"".join([*one, *two, END]), "n.txt")] == [5, 6, 7]


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([header("03"), END], r"n\.txt:1: kind 03"),
        ([header(), data(5, "ｱ"), trailer(2, 10), END], r"n\.txt:3: the trailer says 2 transfers of 10 yen.*1 of 5"),
        ([header(), data(5, "ｱ", on="081399"), END], r"n\.txt:2"),
        ([header(), b"5".ljust(200), END], r"n\.txt:2: '5' is no kind"),
        ([header(), data(5, "ｱ").replace(b"0000000005", b"000000000X"), END], r"n\.txt:2: yen: '000000000X'"),
    ],
)
def test_a_damaged_file_is_refused_with_the_number_of_its_record(rows: list[bytes], where: str) -> None:
    with pytest.raises(Mistakes, match=where):
        read_notice(b"".join(rows), "n.txt")


def test_what_is_no_such_file_at_all_is_said_in_one_line() -> None:
    with pytest.raises(RuleBroken, match="no 全銀 file of 200 bytes"):
        read_notice(b"day,yen\n", "n.csv")
    with pytest.raises(RuleBroken, match="EBCDIC"):
        read_notice(header(code="1") + END, "n.txt")


def test_r16_4_a_claim_is_written_field_by_field() -> None:
    content = write_debits(US, DAY, [Claim("00000001000000000012", THEM, 11_000, True), Claim("k2", THEM, 9)])
    rows = content.split(b"\r\n")
    assert [len(row) for row in rows] == [120] * 5 + [0]
    assert rows[0] == (
        b"19101234567890" + "ｶ)ｽﾏ-ﾄﾃﾞｽｸ".encode("cp932").ljust(40) + b"1228" + b"0001" + b" " * 15 + b"234" + b" " * 15
        + b"1" + b"7654321" + b" " * 17
    )  # fmt: skip
    assert rows[1] == (
        b"2" + b"0005" + b" " * 15 + b"678" + b" " * 15 + b" " * 4 + b"2" + b"0012345"
        + "ｶ)ｻｸﾗ".encode("cp932").ljust(30) + b"0000011000" + b"1" + b"00000001000000000012" + b"0" + b" " * 8
    )  # fmt: skip
    assert rows[2][90:91] == b"0", "not for the first time"
    assert rows[3] == b"8" + b"000002" + b"000000011009" + b"0" * 36 + b" " * 65
    assert rows[4] == b"9" + b" " * 119


def test_r16_4_what_does_not_fit_cannot_be_written() -> None:
    with pytest.raises(RuleBroken, match="yen: 10000000000 has more than 10 digits"):
        write_debits(US, DAY, [Claim("k", THEM, 10**10)])
    with pytest.raises(RuleBroken, match="holder"):
        write_debits(US, DAY, [Claim("k", BankAccount("0005", "678", "1", "1", "桜"), 5)])


def answered(codes: dict[str, str], paid: int, paid_yen: int, failed: int) -> bytes:
    sent = write_debits(US, DAY, [Claim(key, THEM, 11_000) for key in codes])
    rows = [bytearray(row) for row in sent.split(b"\r\n")[:-1]]
    for row, code in zip(rows[1:], codes.values(), strict=False):
        row[111:112] = code.encode()
    rows[-2][19:55] = f"{paid:06}{paid_yen:012}{failed:06}{failed * 11_000:012}".encode()
    return b"".join(bytes(row) for row in rows)


def test_r16_4_results_are_read_with_their_keys() -> None:
    found = read_results(answered({"K1": "0", "K2": "1"}, 1, 11_000, 1), "r.txt")
    assert found == [Result("K1", 11_000, "0", 2), Result("K2", 11_000, "1", 3)]


def test_r16_4_our_own_file_is_not_taken_for_results() -> None:
    """Its result fields are zeros, and zero means paid."""
    with pytest.raises(Mistakes, match=r"r\.txt:3: .*it is the file that was sent"):
        read_results(write_debits(US, DAY, [Claim("k1", THEM, 11_000)]), "r.txt")
    with pytest.raises(Mistakes, match="not whole"):
        read_results(answered({"k1": "0"}, 2, 22_000, 0), "r.txt")
    with pytest.raises(Mistakes, match=r"r\.txt:2: result '7' is unknown"):
        read_results(answered({"k1": "7"}, 0, 0, 1), "r.txt")


def test_r16_4_claims_and_results_as_csv() -> None:
    text = collection_csv.write_claims(DAY, [Claim("k1", THEM, 11_000)])
    assert text.splitlines()[1] == "k1,2026-12-28,11000,0005,678,2,0012345,ｶ)ｻｸﾗ"
    content = "key,yen,result,note\nk1,11000,paid,\n'k2,5,1,x\nk3,5,不能,\n\n".encode("cp932")
    assert [(r.key, r.code, r.line) for r in collection_csv.read_results(content, "r.csv")] == [
        ("k1", "0", 2), ("k2", "1", 3), ("k3", "9", 4),
    ]  # fmt: skip
    with pytest.raises(Mistakes, match=r"r\.csv:2: result 'maybe'"):
        collection_csv.read_results(b"key,yen,result\nk1,5,maybe\n", "r.csv")
    with pytest.raises(RuleBroken, match="no column yen, result"):
        collection_csv.read_results(b"key\n", "r.csv")
