"""R4.1, R4.2, R4.3, R27: the form, what stands in the way of an approval, and what letters tell."""

import inspect
from datetime import date, timedelta

import pytest

from smartdesk_pbx.contract import letters, reasons
from smartdesk_pbx.contract.application import FORM, application_from_yaml, consented_at
from smartdesk_pbx.contract.screening import ApplicationEvent, Doc, approve, decide_identity
from smartdesk_pbx.errors import Mistakes, RuleBroken
from tests.rules.agreements import noon

NOW = noon("2026-11-23")
IDENTIFIED = ApplicationEvent("identified", NOW, "tanaka")


def screened(result: str) -> ApplicationEvent:
    return ApplicationEvent("screened", NOW, "tanaka", doc=Doc(result=result, checked_on=date(2026, 11, 23)))  # type: ignore[arg-type]


def mistakes(text: str) -> list[str]:
    with pytest.raises(Mistakes) as raised:
        application_from_yaml(text, "form.yaml")
    return [str(m) for m in raised.value.mistakes]


def test_r4_1_the_form_that_is_printed_can_be_read() -> None:
    form = application_from_yaml(FORM, "form.yaml")
    assert (form.applicant.phone, form.service.emergency_number) == ("+81312345101", "+81312345102")
    assert (form.consent.terms, form.consent.by) == ("2024-01-01", "青空 太郎")


def test_r4_1_every_mistake_at_once_with_its_line() -> None:
    text = FORM.replace("postal_code: 100-0001", "postal_code: x").replace("  mail: office@aozora.example\n", "")
    text = text.replace("phone: 03-1234-5101", "phone: '110'").replace("plan: standard", "plan: standard\nfax: x")
    found = mistakes(text.replace('  terms: "2024-01-01"\n', ""))
    assert len(found) == 5
    wrong = {
        4: "unknown key 'fax'",
        7: "mail is missing",
        13: "postal_code",
        15: "'110' is no telephone",
        23: "consent.terms is missing",
    }
    for line, says in wrong.items():
        assert any(one.startswith(f"form.yaml:{line}:") and says in one for one in found), (line, says, found)


def test_r4_1_a_corporation_is_represented_and_a_person_was_born() -> None:
    assert "representative" in mistakes(FORM.replace("  representative: 青空 太郎\n", ""))[0]
    person = FORM.replace("kind: corporation ", "kind: individual ")
    assert "born_on" in mistakes(person)[0]
    assert application_from_yaml(
        person.replace("  representative: 青空 太郎\n", '  born_on: "1980-01-31"\n'), "f"
    ).applicant.born_on == date(1980, 1, 31)


def test_r27_without_the_declaration_no_application_is_taken() -> None:
    assert "Article 27" in mistakes(FORM.replace("declared: true", "declared: false"))[0]
    without = FORM[: FORM.index("antisocial:")]
    assert "antisocial is missing" in mistakes(without)[0]


def test_r4_1_consent_is_given_now_or_before() -> None:
    form = application_from_yaml(FORM.replace("# at:", "at:"), "f")
    assert consented_at(form, NOW) == form.consent.at
    assert form.consent.at is not None
    with pytest.raises(RuleBroken, match="lies ahead"):
        consented_at(form, form.consent.at - timedelta(seconds=1))
    silent = application_from_yaml(FORM, "f")
    assert consented_at(silent, NOW) == NOW


def test_r4_3_an_approval_needs_identity_and_a_clear_check() -> None:
    approve("screening", [IDENTIFIED, screened("clear")], 0, None)
    with pytest.raises(Mistakes) as raised:
        approve("applied", [], 1, None)
    assert [m.where for m in raised.value.mistakes] == ["identity", "antisocial forces", "formerly revoked"]


@pytest.mark.parametrize("result", ["hit", "unclear"])
def test_r4_3_the_latest_check_counts(result: str) -> None:
    with pytest.raises(Mistakes, match=f"says {result}"):
        approve("screening", [IDENTIFIED, screened("clear"), screened(result)], 0, None)
    approve("screening", [IDENTIFIED, screened(result), screened("clear")], 0, None)


def test_r4_2_a_formerly_revoked_party_is_approved_for_a_reason_only() -> None:
    events = [IDENTIFIED, screened("clear")]
    with pytest.raises(Mistakes, match="--despite"):
        approve("screening", events, 1, None)
    approve("screening", events, 1, "another company of that name")


@pytest.mark.parametrize("state", ["refused", "approved"])
def test_r4_3_a_decision_is_made_once(state: str) -> None:
    with pytest.raises(RuleBroken, match=f"{state} already"):
        approve(state, [IDENTIFIED, screened("clear")], 0, None)  # type: ignore[arg-type]


def test_r4_1_the_number_of_a_my_number_card_is_not_noted() -> None:
    today = date(2026, 11, 23)
    decide_identity("passport", "TK1234567", today, today)
    decide_identity("my-number-card", None, today, today)
    with pytest.raises(RuleBroken, match="must not be noted"):
        decide_identity("my-number-card", "123456789012", today, today)
    with pytest.raises(RuleBroken, match="lies ahead"):
        decide_identity("passport", None, today + timedelta(days=1), today)


def test_r19_r20_r27_all_codes_are_there() -> None:
    """R4.2 ①-⑤, R19 ①-⑫, R20 ①-⑪, R27.4; 8.4 allows a suspension, no termination."""
    assert list(reasons.REFUSAL) == [f"4.2-{n}" for n in range(1, 6)]
    assert list(reasons.TERMINATION) == [*(f"19.1-{n}" for n in range(1, 13)), "27.4"]
    assert set(reasons.SUSPENSION) - set(reasons.TERMINATION) == {"8.4"}
    assert list(reasons.ACTS) == [f"20-{n}" for n in range(1, 12)]
    with pytest.raises(RuleBroken, match=r"4\.2-3"):
        reasons.known("4.2-9", reasons.REFUSAL, "code")
    assert reasons.known_act("20-3", "19.1-1") == "20-3" and reasons.known_act(None, "27.4") is None
    with pytest.raises(RuleBroken, match="belongs to a breach"):
        reasons.known_act("20-3", "27.4")


def test_r4_2_no_letter_can_name_a_reason() -> None:
    """R4.2: the reason stays inside; no letter even takes one."""
    written = [fn for name, fn in inspect.getmembers(letters, inspect.isfunction) if not name.startswith("_")]
    assert len(written) > 10
    for fn in written:
        assert not {"reason", "code", "act"} & set(inspect.signature(fn).parameters), fn
    text = letters.refused("株式会社あおぞら").body
    assert "株式会社あおぞら 様" in text and "第4条第2項" in text
    assert not any(one in text for one in reasons.REFUSAL.values())
