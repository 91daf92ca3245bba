"""R2.2: Diversion (RFC 5806), History-Info (RFC 7044)."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.forwarding import MOST_ENTRIES, entry_number, source_known, sources

DID = "+81312345001"
PIECES = st.sampled_from(
    [
        '"',
        "\\",
        "<",
        ">",
        ",",
        ";",
        "sip:",
        "tel:",
        "0312340001",
        "+8131234",
        "@h",
        "index=1.",
        "%2B",
        "%",
        "\r\n",
        "\0",
        "é",
    ]
)
HOSTILE = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join))


def test_r2_2_diversion_latest_first_first_dialled_last() -> None:
    headers = [
        (
            "Diversion",
            '"Tanaka, K. <sip:0399999999@x>" <sip:%2B81312340002@carrier.example;user=phone>;reason=no-answer',
        ),
        ("diversion", "<tel:+81-3-1234-0003>;counter=1, <sip:0312340004@h>;privacy=off"),
        ("P-Asserted-Identity", "<sip:0312340009@h>"),
    ]
    assert sources(headers, "JP", DID) == ("+81312340002", "+81312340003", "+81312340004")


def test_r2_2_history_info_by_index_without_the_assigned_number() -> None:
    entries = (
        "<sip:0312345001@h;cause=302>;index=1.1.1;mp=1.1, "
        "<sip:0312340001@h?Reason=SIP%3Bcause%3D302%3Btext%3D%22moved%22>;index=1, <sip:0312340002@h>;index=1.1"
    )
    assert sources([("History-Info", entries)], "JP", DID) == ("+81312340002", "+81312340001")
    assert sources([("History-Info", entries)], "JP") == ("+81312340002", "+81312340001")


def test_r2_2_more_forwards_than_happen_are_not_read() -> None:
    value = ",".join(f"<tel:+8131234{i:04}>" for i in range(200))
    assert len(sources([("Diversion", value)], "JP", DID)) == MOST_ENTRIES


def test_r2_2_a_call_that_nobody_forwarded_has_no_source() -> None:
    assert sources([("History-Info", "<sip:0312345001@h>;index=1")], "JP", DID) == ()
    assert sources([("History-Info", "<sip:0312345001@h>;index=1")], "JP") == ()
    assert sources([], "JP", DID) == ()


def test_r2_2_the_same_forwarder_in_both_headers_is_one_source() -> None:
    headers = [
        ("History-Info", "<sip:0312340001@h>;index=1, <sip:0312345001@h>;index=1.1"),
        ("Diversion", "<sip:0312340001@h>"),
    ]
    assert sources(headers, "JP", DID) == ("+81312340001",)


@pytest.mark.parametrize(
    ("entry", "number"),
    [
        ("sip:0312340001@h", "+81312340001"),
        ("<sips:+81312340001;npdi@h;user=phone>", "+81312340001"),
        ("<sip:312340001;phone-context=+81@h>", "+81312340001"),
        ("<tel:0312340001;phone-context=+81>", "+81312340001"),
        ('"a\\"<tel:0399999999>" <tel:0312340001>', "+81312340001"),
        ("<sip:0312340001:secret@h>", "+81312340001"),
        ("<sip:0312340001>", None),
        ("<sip:anonymous@anonymous.invalid>", None),
        ("<http://0312340001@h>", None),
        ("<tel:110>", None),
        ('"unclosed <tel:0312340001>', None),
    ],
)
def test_r2_2_one_entry(entry: str, number: str | None) -> None:
    assert entry_number(entry) == number


def test_r2_2_known_other_or_not_named() -> None:
    assert source_known(("+81312340001",), {"+81312340001"}) is True
    assert source_known(("+81312340001",), {"+81312340002"}) is False
    assert source_known((), {"+81312340002"}) is None


@given(HOSTILE, HOSTILE)
def test_r2_2_no_text_raises_or_comes_through(one: str, other: str) -> None:
    headers = [("Diversion", one), ("History-Info", other), (other, one)]
    for number in sources(headers, "JP"):
        assert re.fullmatch(r"\+[1-9][0-9]{5,14}", number)


@pytest.mark.parametrize(
    "text", ['"' * 9000, "<" * 9000, '\\"' * 9000, "," * 90000, ";index=" + "1." * 9000, "<tel:" * 9000]
)
def test_a_long_header_costs_little(text: str) -> None:
    started = time.process_time()
    sources([("Diversion", text), ("History-Info", text)] * 100, "JP")
    assert time.process_time() - started < 1
