"""Letters: queued with the change that they tell, sealed, each one sender's at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import outbox
from smartdesk_pbx.store.outbox import Attachment
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from tests.store.facts import AT, later
from tests.store.office import Office

TO = "kaoru@example.jp"


def put(c: Connection, sealer: Sealer, key: str = "notice:1", at_s: float = 0) -> bool:
    file = Attachment("a.pdf", "application/pdf", b"\x00\xff")
    return outbox.put(
        c, sealer, key=key, to=TO, subject="件名", body="山田様 +819012345678", at=later(at_s), attachments=[file]
    )


async def test_a_letter_is_queued_once_and_with_its_change_or_not_at_all(store: Store, sealer: Sealer) -> None:
    assert await store.run(lambda c: put(c, sealer)) is True
    assert await store.run(lambda c: put(c, sealer)) is False

    def fail(c: Connection) -> None:
        put(c, sealer, "notice:2")
        raise KeyError

    with pytest.raises(KeyError):
        await store.run(fail)
    (row,) = await store.read(outbox.listing)
    assert (row.key, row.state, row.attempts, row.next_at) == ("notice:1", "queued", 0, AT)
    letter = await store.read(lambda c: outbox.open_letter(c, sealer, row.id))
    assert (letter.to, letter.subject, letter.attachments[0].content) == (TO, "件名", b"\x00\xff")


async def test_r23_nothing_of_a_letter_stands_in_clear_and_its_text_can_be_erased(store: Store, sealer: Sealer) -> None:
    key = f"notice:1:{outbox.address_key(sealer, TO)}"
    await store.run(lambda c: put(c, sealer, key))
    raw = repr(await store.read(lambda c: c.execute(text("SELECT * FROM outbox")).all()))
    assert "kaoru" not in raw and "山田" not in raw and "819012345678" not in raw
    (letter,) = await store.read(outbox.listing)
    await store.run(lambda c: outbox.sent(c, letter.id, later(5)))
    assert await store.run(lambda c: outbox.erase_sent(c, later(5))) == 0
    assert await store.run(lambda c: outbox.erase_sent(c, later(6))) == 1
    with pytest.raises(RuleBroken, match="erased"):
        await store.read(lambda c: outbox.open_letter(c, sealer, letter.id))
    assert [one.state for one in await store.read(outbox.listing)] == ["sent"]


async def test_r25_the_text_of_a_letter_that_failed_is_erased_too_and_one_that_waits_is_not(
    store: Store, sealer: Sealer
) -> None:
    for key in ("failed", "waits"):
        await store.run(lambda c, k=key: put(c, sealer, k))  # type: ignore[misc]
    failed = next(one for one in await store.read(outbox.listing) if one.key == "failed")
    await store.run(lambda c: outbox.failed(c, failed.id, "refused"))
    assert await store.run(lambda c: outbox.erase_sent(c, AT)) == 0
    assert await store.run(lambda c: outbox.erase_sent(c, later(1))) == 1
    with pytest.raises(RuleBroken, match="erased"):
        await store.read(lambda c: outbox.open_letter(c, sealer, failed.id))


async def test_a_claimed_letter_is_left_alone_until_its_lease_is_over(store: Store, sealer: Sealer) -> None:
    for number in range(3):
        await store.run(lambda c, n=number: put(c, sealer, f"k{n}", n))  # type: ignore[misc]

    def claim(at_s: float, most: int = 2) -> list[str]:
        return [r.key for r in store.run_now(lambda c: outbox.claim(c, later(at_s), lease_s=60, most=most))]

    assert claim(1) == ["k0", "k1"]
    assert claim(2) == ["k2"]
    assert claim(50) == []
    assert claim(61.5, most=9) == ["k0", "k1"]
    (first, *_) = await store.read(outbox.listing)
    await store.run(lambda c: outbox.postponed(c, first.id, later(500), "450", attempts=1))
    assert claim(499, most=9) == ["k1", "k2"]
    assert claim(500, most=9) == ["k0"]


async def test_a_failed_letter_can_be_sent_after_all(store: Store, sealer: Sealer, office: Office) -> None:
    await store.run(lambda c: put(c, sealer))
    (letter,) = await store.read(outbox.listing)
    with pytest.raises(RuleBroken, match="no failed one"):
        await store.run(lambda c: outbox.retry(c, letter.id, AT))
    await store.run(lambda c: outbox.failed(c, letter.id, "550"))
    assert await store.read(outbox.counts) == {"failed": 1}
    await store.run(lambda c: outbox.retry(c, letter.id, AT + timedelta(hours=1)))
    assert await store.read(outbox.counts) == {"queued": 1}
