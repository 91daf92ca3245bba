"""R16.1: random lives of invoices, payments, credit notes, debits and reversals: the books always hold."""

import random
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import books, contract, credit, payment, receivables
from tests.rules.documents import line
from tests.store.owed import READINGS, Bureau, make_bureau

STEPS = 60


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def bureau(url: str, tmp_path: Path) -> AsyncIterator[Bureau]:
    made = make_bureau(url, tmp_path)
    for who, of in made.of.items():
        made.office.store.run_now(lambda c, of=of: contract.set_settings(c, of, {"payment_method": "debit"}))  # type: ignore[misc]
        await made.do("collection.mandate", contract=who, bank="0001", branch="001", account="1", holder="ア")
    yield made
    await made.office.store.close()


class Life:
    """One step of a random life after the other. `came_in`: all that the bank and the collection company brought."""

    def __init__(self, bureau: Bureau, seed: int) -> None:
        self.bureau, self.dice = bureau, random.Random(seed)
        self.billed_yen = self.came_in_yen = self.refunded_yen = 0

    async def step(self, i: int) -> None:
        twice = (self.bill, self.pay)
        steps = (*twice, *twice, self.take_back, self.assign, self.undo, self.debit, self.refund)
        self.bureau.later(self.dice.randint(0, 9))
        try:
            await self.dice.choice(steps)(i)
        except RuleBroken:
            return  # what is not possible now; nothing must have changed, which is checked below

    async def bill(self, _: int) -> None:
        who, tax = self.dice.choice(list(READINGS)), self.dice.choice(["10", "8", "none"])
        month = str(self.bureau.today[0])[:7]
        self.billed_yen += self.bureau.bill(who, line(self.dice.randint(1, 30_000), tax), month=month).total_yen

    async def take_back(self, _: int) -> None:
        items = self.bureau.office.store.read_now(receivables.items)
        for item in self.dice.sample(items, min(1, len(items))):
            if item.billed_yen <= 0:
                continue
            who = next(name for name, of in self.bureau.of.items() if of == item.contract_id)
            lines = (line(-self.dice.randint(1, item.billed_yen), "none"),)
            self.billed_yen += self.bureau.bill(who, *lines, refers_to=item.number).total_yen

    async def pay(self, i: int) -> None:
        payer = self.dice.choice([*READINGS.values(), "ダレカ"])
        reference = self.dice.choice(["", f"No.{self.dice.randint(1, 20)}"])
        yen = self.dice.choice([self.dice.randint(1, 40_000), *(self._open() or [1])])
        await self.bureau.bank(f"{self.bureau.today[0]},{yen},{payer},{reference}", file=f"{i}.csv")
        self.came_in_yen += yen

    def _open(self) -> list[int]:
        return [one.open_yen for one in self.bureau.office.store.read_now(receivables.items) if one.open_yen > 0]

    async def assign(self, _: int) -> None:
        for one in (await self.bureau.unmatched())[:1]:
            who = self.dice.choice(list(READINGS))
            await self.bureau.do("payment.assign", payment=str(one.payment), contract=who, remember=False)

    async def undo(self, _: int) -> None:
        paid = self.bureau.office.store.read_now(payment.listing)
        if paid:
            await self.bureau.do("payment.undo", payment=str(self.dice.choice(paid).id), reason="x")

    async def debit(self, i: int) -> None:
        made = await self.bureau.do("collection.export", debit_on=str(self.bureau.today[0]), format="csv")
        items = await self.bureau.do("collection.show", batch=made["batch"])
        results = [(one["key"], one["yen"], self.dice.choice("01")) for one in items]
        rows = ["key,yen,result", *(f"{key},{yen},{code}" for key, yen, code in results)]
        content = b64encode("\n".join(rows).encode()).decode()
        for _ in range(2):
            await self.bureau.do("collection.import", file=f"{i}.csv", content=content, format="csv")
        self.came_in_yen += sum(yen for _, yen, code in results if code == "0")

    async def refund(self, _: int) -> None:
        having = self.bureau.office.store.read_now(credit.listing)
        for of, yen in sorted(having.items())[:1]:
            await self.bureau.do("receivable.refund", contract=str(of), yen=yen)
            self.refunded_yen += yen


@pytest.mark.parametrize("seed", range(4))
async def test_r16_1_random_lives_always_balance_and_lose_no_yen(bureau: Bureau, seed: int) -> None:
    bureau.today[0] = date(2026, 12, 1)
    life = Life(bureau, seed)
    for i in range(STEPS):
        await life.step(i)
        found = bureau.office.store.read_now(books.balances)
        assert sum(found.values()) == 0
        assert found.get("bank", 0) + found.get("collection", 0) == life.came_in_yen - life.refunded_yen
    await bureau.do("receivable.settle")
    store = bureau.office.store
    items, having = store.read_now(receivables.items), store.read_now(credit.listing)
    left = sum(store.read_now(payment.left).values())
    assert sum(item.billed_yen for item in items) == life.billed_yen
    assert sum(item.open_yen for item in items) == store.read_now(books.balances).get("receivable", 0)
    owed = life.billed_yen - life.came_in_yen + life.refunded_yen
    assert sum(item.open_yen for item in items) - sum(having.values()) - left == owed
    assert all(item.open_yen >= 0 for item in items)
    assert not {of for of, yen in having.items() if yen < 0}
    both = {item.contract_id for item in items if item.open_yen > 0} & having.keys()
    assert not both, "who has credit owes nothing"
