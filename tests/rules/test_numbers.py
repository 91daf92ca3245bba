"""R2.2: telephone numbers and callers, from friends and from strangers."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartdesk_pbx.contract.numbers import caller_class, checked, e164, mask, national, read_caller
from smartdesk_pbx.errors import RuleBroken

HOSTILE = st.one_of(st.text(max_size=60), st.text('0123456789+-() ;@<>"%*#\r\n\0Aa٣', max_size=45))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0312345001", "+81312345001"),
        ("03-1234-5001", "+81312345001"),
        ("+81312345001", "+81312345001"),
        ("81312345001", "+81312345001"),
        ("09012345678", "+819012345678"),
        ("06012345678", "+816012345678"),
        ("0120123456", "+81120123456"),
        ("+16502530000", "+16502530000"),
        ("01016502530000", "+16502530000"),
    ],
)
def test_r2_2_numbers_are_e164_inside(text: str, number: str) -> None:
    assert e164(text) == number


@pytest.mark.parametrize(
    "text", ["", "110", "117", "anonymous", "+", "00", "0312345001x", "3;rm", "٠٣١٢٣٤٥٦٧٨", "0" * 41, "+81312345001\n"]
)
def test_r2_2_what_is_no_number(text: str) -> None:
    assert e164(text) is None


@given(HOSTILE)
def test_r2_2_no_text_raises_or_comes_through(text: str) -> None:
    number = e164(text)
    assert number is None or re.fullmatch(r"\+[1-9][0-9]{5,14}", number)
    caller = read_caller(text, text, text)
    assert (caller.number is not None) == (caller.caller_class == "number")
    assert "\n" not in mask(text)


def test_national_form_is_what_one_dials() -> None:
    assert national("+81312345001") == "0312345001"
    assert national("+819012345678") == "09012345678"
    assert national("+16502530000") == "+16502530000"


@given(st.from_regex(r"\+81[1-9]0?[0-9]{8}", fullmatch=True))
@example("+81101000000")
def test_national_and_e164_are_inverse(number: str) -> None:
    if e164(number):
        assert e164(national(number)) == number


@given(st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True))
def test_mask_shows_four_digits_at_most(number: str) -> None:
    assert sum(c.isdigit() for c in mask(number)) <= 4
    assert mask(None) == "-"


def test_mask_keeps_the_end() -> None:
    assert mask("+81312345678") == "***5678"
    assert mask("5678") == "***"


@pytest.mark.parametrize(
    ("text", "presentation", "privacy", "expected"),
    [
        ("0312345001", "allowed_not_screened", "none", "number"),
        ("0312345001", "prohib_passed_screen", "", "anonymous"),
        ("0312345001", "", "id", "anonymous"),
        ("0312345001", "", "critical; USER", "anonymous"),
        ("Anonymous", "", "", "anonymous"),
        ("", "", "", "anonymous"),
        ("trunk-7", "", "", "unreadable"),
        ("110", "allowed", "", "unreadable"),
    ],
)
def test_r2_2_anonymous_is_a_class_of_its_own(text: str, presentation: str, privacy: str, expected: str) -> None:
    assert caller_class(text, presentation, privacy) == expected


def test_r2_2_a_withheld_number_is_not_read() -> None:
    assert read_caller("0312345001", "prohib", "").number is None


def test_typed_numbers_are_checked_against_the_plan() -> None:
    assert checked("03-1234-5001") == "+81312345001"
    for text in ("0000000000", "110", "hello"):
        with pytest.raises(RuleBroken, match=r"emergency number: .* is no telephone number"):
            checked(text, what="emergency number")
