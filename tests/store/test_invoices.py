"""R16.1: documents are numbered without gaps, frozen when shown, and corrected by credit notes only."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import audit, books, invoice
from smartdesk_pbx.store.credit_note import credit
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.signing import make_signer
from tests.store.money import Told, tell
from tests.store.test_close import IN_DECEMBER, NOVEMBER, close_it, closed_october, documents, told


async def credited(store: Store, number: int, *codes: str) -> None:
    await store.run(lambda c: credit(c, number, "二重計上", codes=codes, signer=None, now=store.now(c)))


async def test_r16_1_the_first_look_of_the_subscriber_freezes_the_amount(url: str) -> None:
    store, *_ = await closed_october(url, [Told(1, 1)])
    assert (await store.read(lambda c: invoice.get(c, 1))).shown_at is None
    first = await store.run(lambda c: invoice.show_frozen(c, 1, IN_DECEMBER))
    again = await store.run(lambda c: invoice.show_frozen(c, 1, IN_DECEMBER + timedelta(days=1)))
    assert first == again and first.shown_at == IN_DECEMBER
    assert [one.shown_at for one in await store.read(invoice.listing)] == [IN_DECEMBER]
    with pytest.raises(RuleBroken, match="no invoice 2"):
        await store.run(lambda c: invoice.show_frozen(c, 2, IN_DECEMBER))


async def test_r16_1_a_credit_note_takes_back_the_whole_invoice_to_the_yen(url: str) -> None:
    store, *_ = await closed_october(url, [Told(n, n) for n in range(5)])
    await credited(store, 1)
    original, note = await documents(store)
    assert (note.number, note.kind, note.refers_to) == (2, "credit_note", 1)
    assert note.total_yen == -original.total_yen and note.totals[0].tax_yen == -original.totals[0].tax_yen
    assert note.note == "返還の理由：二重計上" and note.head.seq > original.head.seq
    assert (await store.read(books.balances)).get("receivable", 0) == 0
    assert await store.read(audit.verify_all) == []
    with pytest.raises(RuleBroken, match="nothing is left to credit of invoice 1"):
        await credited(store, 1)
    with pytest.raises(RuleBroken, match="2 is a credit note"):
        await credited(store, 2)
    assert len(await documents(store)) == 2, "a refused one takes no number"


async def test_r16_1_a_credit_note_may_take_back_single_lines_once(url: str) -> None:
    store, *_ = await closed_october(url, [Told(n, n) for n in range(5)])
    await credited(store, 1, "setup")
    with pytest.raises(RuleBroken, match="nothing is left"):
        await credited(store, 1, "setup")
    with pytest.raises(RuleBroken, match="has no line setp"):
        await credited(store, 1, "setp")
    await credited(store, 1)
    _, first, second = await documents(store)
    assert told(first) == {"setup": (-1, -20_000)}
    assert told(second) == {"basic": (-1, -9805), "over-1": (-2, -410)}


async def test_r16_1_a_further_charge_is_credited_by_itself_and_never_twice(url: str) -> None:
    """A case that turned up late stands on an invoice of its own: crediting the first one leaves it alone."""
    store, who, of = await closed_october(url, [Told(n, n) for n in range(4)])
    await store.run(lambda c: tell(c, who, of, [Told(50, 20)]))
    await close_it(store, NOVEMBER)
    await credited(store, 1)
    await credited(store, 3)
    first, _, further, *notes = await documents(store)
    assert (further.kind, further.refers_to) == ("invoice", 1)
    assert [(one.refers_to, one.total_yen) for one in notes] == [(1, -first.total_yen), (3, -further.total_yen)]
    for number in (1, 3):
        with pytest.raises(RuleBroken, match="nothing is left"):
            await credited(store, number)


async def test_r16_1_documents_are_listed_by_month_and_contract(url: str) -> None:
    store, _, of = await closed_october(url, [])
    await credited(store, 1)
    assert [one.number for one in await store.read(lambda c: invoice.listing(c, month="2026-10"))] == [2, 1]
    assert [one.number for one in await store.read(lambda c: invoice.listing(c, contract_id=of, limit=1))] == [2]
    assert await store.read(lambda c: invoice.listing(c, contract_id=UUID(int=1))) == []
    assert [one.number for one in await store.read(lambda c: invoice.referring_to(c, 1))] == [2]


async def test_heads_on_documents_are_signed_where_there_is_a_key(url: str, tmp_path: Path) -> None:
    signer = make_signer(tmp_path)
    store, *_ = await closed_october(url, [])
    await store.run(lambda c: credit(c, 1, "x", signer=signer, now=store.now(c)))
    unsigned, signed = (d.head for d in await documents(store))
    assert (unsigned.signature, unsigned.key_id) == ("", "")
    assert signed.key_id == signer.id and len(signed.signature) == 128
