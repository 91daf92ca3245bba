"""R14: a change of a registered detail is validated before anybody looks at it."""

import pytest

from smartdesk_pbx.contract.change import at_once, decision_letter, field_of, validated
from smartdesk_pbx.contract.settings import ChangeField, ServiceSettings
from smartdesk_pbx.errors import RuleBroken

OWN = "+81312345010"


@pytest.mark.parametrize(
    ("field", "given", "stored"),
    [
        ("phone", ["03-9876-5432"], ("+81398765432",)),
        ("mail", [" a.b@example.jp "], ("a.b@example.jp",)),
        ("address", ["東京都港区1-2-3"], ("東京都港区1-2-3",)),
        ("announced_name", ["さくら", "サクラ"], ("さくら", "サクラ")),
        ("announced_name", ["さくら", ""], ("さくら",)),
        ("emergency_number", [], ()),
        ("notification_targets", ["a@example.jp", "https://example.jp/hook", "a@example.jp"],
         ("a@example.jp", "https://example.jp/hook")),
    ],
)  # fmt: skip
def test_r14_a_value_is_stored_in_one_form(field: ChangeField, given: list[str], stored: tuple[str, ...]) -> None:
    assert validated(field, given) == stored
    assert validated("forward_sources", ["0398765432"], OWN) == ("+81398765432",)


@pytest.mark.parametrize(
    ("field", "given", "target", "why"),
    [
        ("phone", ["110"], "", "no telephone number"),
        ("mail", ["a@b"], "", "no mail address"),
        ("mail", ["a@example.jp\nBcc: x@example.jp"], "", "one line"),
        ("mail", ["a@example.jp", "b@example.jp"], "", "at most 1"),
        ("mail", [], "", "say what it is to be"),
        ("address", ["x" * 201], "", "200 characters"),
        ("notification_targets", ["http://example.jp"], "", "https://"),
        ("notification_targets", [], "", "say what"),
        ("forward_sources", ["0398765432"], "", "of which assigned number"),
        ("phone", ["0398765432"], OWN, "name no number"),
    ],
)
def test_r14_what_cannot_be_right_is_told(field: ChangeField, given: list[str], target: str, why: str) -> None:
    with pytest.raises(RuleBroken, match=why):
        validated(field, given, target)


def test_r14_only_registered_details_can_be_changed() -> None:
    assert field_of("emergency-number") == "emergency_number"
    with pytest.raises(RuleBroken, match="no registered detail"):
        field_of("threshold")


def test_r8_2_the_emergency_number_waits_for_nobody_whatever_is_set() -> None:
    nothing = ServiceSettings(changes_at_once=())
    assert at_once("emergency_number", nothing) and not at_once("mail", nothing)
    assert at_once("mail", ServiceSettings(changes_at_once=("mail",)))


def test_r14_the_letter_says_what_became_of_it() -> None:
    subject, body = decision_letter("address", "株式会社さくら", approved=False, reason="住所が見つかりません")
    assert subject == "【登録内容の変更】住所" and "承ることができませんでした" in body
    assert "理由　住所が見つかりません" in body
    assert "変更いたしました" in decision_letter("address", "x", approved=True, reason="")[1]
