"""R16.2: reminders by steps, each once, and the letters that carry them."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from smartdesk_pbx.billing.dunning import Policy, Reminder, by_contract, reminders
from smartdesk_pbx.billing.interest import Rate
from smartdesk_pbx.billing.items import Item, Paid
from smartdesk_pbx.billing.letters import invoice_letter, reminder_letter
from smartdesk_pbx.contract.month import Month
from tests.rules.documents import document, line

A, B = UUID(int=1), UUID(int=2)
DUE = date(2026, 12, 31)
POLICY = Policy((7, 21, 35), 1000, Rate(146, 365))


def item(number: int = 1, yen: int = 110_000, *paid: Paid, of: UUID = A) -> Item:
    return Item(number, of, Month(2026, 11), DUE, yen, yen, 0, paid)


def steps(
    days: int, *items: Item, sent: dict[int, int] | None = None, claimed: frozenset[int] = frozenset()
) -> list[Reminder]:
    return reminders(items, sent or {}, claimed, {A: POLICY, B: POLICY}, DUE + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "sent", "step"), [(6, 0, 0), (7, 0, 1), (8, 1, 0), (21, 1, 2), (35, 2, 3), (35, 0, 3), (99, 3, 0)]
)
def test_r16_2_each_step_comes_once_on_its_day_and_missed_ones_are_left_out(days: int, sent: int, step: int) -> None:
    found = steps(days, item(), sent={1: sent})
    assert [one.step for one in found] == ([step] if step else [])
    assert all(one.is_last == (one.step == 3) for one in found)


def test_r16_2_paid_small_and_claimed_documents_are_left_alone() -> None:
    paid = item(2, 110_000, Paid(DUE, 110_000))
    assert steps(40, paid, item(3, 999), item(4), claimed=frozenset({4})) == []
    (one,) = steps(40, item(5, 1000))
    assert (one.open_yen, one.days_late, one.interest_yen) == (1000, 40, 16)


def test_r16_2_one_letter_per_contract() -> None:
    letters = by_contract(steps(10, item(3), item(1), item(2, of=B)))
    assert {of: [one.number for one in found] for of, found in letters.items()} == {A: [1, 3], B: [2]}


def test_r16_2_the_letter_names_each_document_the_sum_and_the_interest() -> None:
    found = steps(21, item(1), item(2, 5_500))
    text = reminder_letter("株式会社さくら", found, DUE + timedelta(days=21), "みずほ銀行")
    for part in ("株式会社さくら 様", "No.000001", "No.000002", "115,500円", "970円", "みずほ銀行", "再度"):
        assert part in text.body, part
    assert "催告" not in text.subject and "第19条" not in text.body
    last = reminder_letter("株式会社さくら", steps(35, item(1)), DUE + timedelta(days=35), "")
    assert "催告" in last.subject and "第19条" in last.body and "お振込先" not in last.body


def test_r16_1_the_letter_of_an_invoice_names_amount_and_due_date() -> None:
    text = invoice_letter(document(7, line(10_000)))
    assert "11,000円" in text.body and "2026年12月31日" in text.body and "2026年11月分" in text.subject
    credit = invoice_letter(document(8, line(-1_000), refers_to=7))
    assert "返還" in credit.subject and "1,100円" in credit.body and "お支払期限" not in credit.body
