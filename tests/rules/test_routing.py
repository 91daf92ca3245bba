"""R8.5, R9, R13, R21, R30: what a contract's state and the notices in force say to an arriving call."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from smartdesk_pbx.contract.notice import (
    Notice,
    NoticeKind,
    Scope,
    check_span,
    ending_letter,
    letter,
    met,
    span_text,
    timing,
)
from smartdesk_pbx.contract.routing import ContractState, Decision, decide
from smartdesk_pbx.errors import RuleBroken

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
"""2026-12-01 00:00 in Tokyo."""
HOUR = timedelta(hours=1)
CONTRACT, OTHER = UUID(int=1), UUID(int=2)


def notice(
    kind: NoticeKind = "maintenance", scope: Scope = "all", target: str = "", *, from_at: datetime = AT,
    to_at: datetime | None = AT + HOUR, prompt: str | None = None,
) -> Notice:  # fmt: skip
    return Notice(uuid4(), kind, scope, target, from_at, to_at, prompt, "回線工事", "ご迷惑をおかけします。")


WORK = notice()


@pytest.mark.parametrize(
    ("state", "stopped", "expected"),
    [
        ("active", None, Decision("accepted")),
        ("active", WORK, Decision("maintenance", "maintenance", WORK.id)),
        ("suspended", None, Decision("suspended", "suspended")),
        ("suspended", WORK, Decision("suspended", "suspended")),
        ("ended", None, Decision("ended", "out-of-service")),
        ("onboarding", WORK, Decision("onboarding", "suspended")),
        (None, None, Decision("unknown")),
        (None, WORK, Decision("unknown")),
    ],
)
def test_r8_5_decision(state: ContractState | None, stopped: Notice | None, expected: Decision) -> None:
    assert decide(state, notice=stopped) == expected


def test_r9_only_test_callers_get_through_before_a_contract_is_live() -> None:
    assert decide("onboarding").answer == "onboarding"
    assert decide("onboarding", test_caller=True).answer == "accepted"
    assert decide("suspended", test_caller=True).answer == "suspended"
    assert decide("onboarding", test_caller=True, notice=WORK).answer == "maintenance"


def test_r21_an_interruption_is_not_announced_as_maintenance_and_a_notice_may_have_words_of_its_own() -> None:
    stopped = notice("interruption")
    assert decide("active", notice=stopped) == Decision("maintenance", "suspended", stopped.id)
    own = notice(prompt="typhoon")
    assert decide("active", notice=own).prompt == "typhoon"


def test_r30_the_end_of_the_service_is_announced_as_an_end() -> None:
    over = notice("end_of_service", to_at=None)
    assert decide("active", notice=over) == Decision("ended", "out-of-service", over.id)


@pytest.mark.parametrize(
    ("scope", "target", "meets"),
    [
        ("all", "", True),
        ("node", "n1", True), ("node", "n2", False),
        ("plan", "standard", True), ("plan", "gold", False),
        ("contract", str(CONTRACT), True), ("contract", str(OTHER), False),
    ],
)  # fmt: skip
def test_r13_a_notice_is_for_all_a_node_a_plan_or_a_contract(scope: Scope, target: str, meets: bool) -> None:
    one = notice(scope=scope, target=target)
    found = met([one], node="n1", plan="standard", contract_id=CONTRACT, at=AT)
    assert found == (one if meets else None)


def first_met(*notices: Notice, at: datetime = AT) -> UUID | None:
    found = met(notices, node="n1", plan="standard", contract_id=CONTRACT, at=at)
    return found.id if found else None


def test_r13_the_first_instant_is_inside_the_last_is_outside_and_an_open_end_goes_on() -> None:
    one, endless = notice(), notice(to_at=None)
    tick = timedelta(microseconds=1)
    assert first_met(one, at=AT - tick) is None
    assert first_met(one, at=AT) == first_met(one, at=AT + HOUR - tick) == one.id
    assert first_met(one, at=AT + HOUR) is None
    assert first_met(endless, at=AT + 10_000 * HOUR) == endless.id


def test_r13_of_several_the_end_of_the_service_speaks_then_the_narrower_then_the_later() -> None:
    everybody, contract = notice(), notice(scope="contract", target=str(CONTRACT))
    later, over = notice(from_at=AT + HOUR / 2), notice("end_of_service", to_at=None)
    assert first_met(everybody, contract) == contract.id
    assert first_met(everybody, later, at=AT + HOUR / 2) == later.id
    assert first_met(contract, over) == over.id
    assert first_met(notice("terms", to_at=None)) is None


def test_r21_a_span_that_is_empty_is_refused_and_the_letter_says_when_and_whether_it_comes_late() -> None:
    with pytest.raises(RuleBroken, match="would end"):
        check_span(AT, AT)
    assert (timing(AT - HOUR, AT), timing(AT, AT)) == ("before", "afterwards")
    subject, body = letter(WORK, "株式会社さくら", "before")
    assert subject == "【メンテナンスのお知らせ】回線工事"
    assert body.startswith("株式会社さくら 様\n") and "2026年12月1日 00:00 〜 2026年12月1日 01:00（日本時間）" in body
    assert "お詫び" not in body and "お詫び" in letter(WORK, "x", "afterwards")[1]
    assert span_text(notice(to_at=None)) == "2026年12月1日 00:00 〜 終了時刻未定"
    assert "終了いたしました" in ending_letter(WORK, "x", AT + HOUR)[1]
    assert "取りやめ" in ending_letter(WORK, "x", AT - HOUR)[1]
