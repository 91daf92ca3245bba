"""R13, R21, R30, R31: whom a notice is told to and when; versions of the terms and the first use after them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from smartdesk_pbx.contract.month import midnight
from smartdesk_pbx.contract.notice import Notice, NoticeKind, Scope
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import contract, detail, notice, number, outbox, snapshot, subscriber, terms
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_file
from tests.store.facts import AT, NUMBER, later
from tests.store.office import Office

HOUR = timedelta(hours=1)
MAIL = "kaoru@example.jp"


def a_notice(
    kind: NoticeKind = "maintenance", scope: Scope = "all", target: str = "", from_at: datetime = AT + HOUR,
    to_at: datetime | None = AT + 2 * HOUR,
) -> Notice:  # fmt: skip
    return Notice(uuid4(), kind, scope, target, from_at, to_at, None, "回線工事", "本文")


def put(one: Notice, sealer: Sealer, at: datetime = AT) -> Callable[[Connection], list[notice.Told]]:
    return lambda c: notice.put(c, sealer, one, at=at, by="mio")


@pytest.fixture
async def reached(store: Store, office: Office, sealer: Sealer) -> Office:
    """The subscriber has named where notices go."""
    targets = [MAIL, "https://example.jp/hook", "b@example.jp"]
    await store.run(lambda c: detail.put(c, sealer, office.subscriber, "notification_targets", targets, at=AT, by="x"))
    return office


async def newcomer(store: Store, plan: str = "standard") -> UUID:
    who = uuid4()

    def seed(c: Connection) -> None:
        standard = standard_plan()
        contract.put_plan(c, id=plan, name=plan, settings={}, rules=standard.rules)
        slug = f"n{who.hex[:8]}"
        subscriber.add(c, id=who, slug=slug, name="新", announced_name="新", announced_reading="", at=AT)
        contract.add(c, id=uuid4(), subscriber_id=who, plan=plan, started_on=date(2026, 4, 1))

    await store.run(seed)
    return who


async def test_r13_subscribers_are_told_before_and_by_each_mail_address_once(
    store: Store, reached: Office, sealer: Sealer
) -> None:
    one = a_notice()
    (told,) = await store.run(put(one, sealer))
    assert (told.subscriber_id, told.timing, told.letters) == (reached.subscriber, "before", 2)
    assert await store.run(lambda c: notice.tell(c, sealer, one, at=later(9))) == [], "nobody twice"
    letters = await store.read(outbox.listing)
    opened = [await store.read(lambda c, i=row.id: outbox.open_letter(c, sealer, i)) for row in letters]  # type: ignore[misc]
    assert {letter.to for letter in opened} == {MAIL, "b@example.jp"}
    assert all("回線工事" in letter.subject and "株式会社さくら 様" in letter.body for letter in opened)
    page = await store.read(lambda c: notice.listing(c, subscriber_id=reached.subscriber))
    assert [kept.notice for kept in page] == [one]


async def test_r21_where_no_notice_was_possible_it_follows_afterwards(
    store: Store, reached: Office, sealer: Sealer
) -> None:
    (told,) = await store.run(put(a_notice("interruption", from_at=AT - HOUR, to_at=None), sealer))
    assert told.timing == "afterwards"
    (row, _) = await store.read(outbox.listing)
    assert "お詫び" in (await store.read(lambda c: outbox.open_letter(c, sealer, row.id))).body


async def test_r13_those_without_an_address_find_it_on_their_page(store: Store, office: Office, sealer: Sealer) -> None:
    (told,) = await store.run(put(a_notice(), sealer))
    assert (told.letters, await store.read(outbox.listing)) == (0, [])
    assert len(await store.read(lambda c: notice.listing(c, subscriber_id=office.subscriber))) == 1


async def test_r13_only_those_whom_it_concerns_are_told_and_newcomers_later(
    store: Store, office: Office, sealer: Sealer
) -> None:
    gold = await newcomer(store, "gold")
    told = await store.run(put(a_notice(scope="plan", target="gold"), sealer))
    assert [one.subscriber_id for one in told] == [gold]
    told = await store.run(put(a_notice(scope="contract", target=str(office.contract)), sealer))
    assert [one.subscriber_id for one in told] == [office.subscriber]
    assert len(await store.run(put(a_notice(scope="node", target="n2"), sealer))) == 2
    late = await newcomer(store, "gold")
    assert await store.run(lambda c: notice.tell_newcomers(c, sealer, at=later(60))) == 2
    assert len(await store.read(lambda c: notice.listing(c, subscriber_id=late))) == 2
    assert await store.run(lambda c: notice.tell_newcomers(c, sealer, at=later(90))) == 0
    await store.run(lambda c: contract.set_state(c, office.contract, "ended", ended_on=date(2026, 4, 1)))
    assert office.subscriber not in await store.read(lambda c: notice.concerned(c, a_notice()))


async def test_r13_routing_knows_notices_on_disk_too_until_they_are_over(
    store: Store, office: Office, sealer: Sealer, tmp_path: Path
) -> None:
    one, over = a_notice(), a_notice(from_at=AT - 2 * HOUR, to_at=AT - HOUR)
    before = await store.read(snapshot.version)
    await store.run(put(one, sealer))
    await store.run(put(over, sealer))
    assert await store.read(snapshot.version) > before
    await store.run(lambda c: number.assign(c, NUMBER, office.contract, id=uuid4(), at=AT))
    routing = await store.read(lambda c: snapshot.load(c, AT))
    assert routing.notices == (one,)
    snapshot.to_file(routing, tmp_path / "routing.json")
    assert snapshot.from_file(tmp_path / "routing.json") == routing


async def test_r21_a_notice_ends_or_is_withdrawn_and_those_who_were_told_are_told(
    store: Store, reached: Office, sealer: Sealer
) -> None:
    coming, running = a_notice(), a_notice("interruption", from_at=AT - HOUR, to_at=None)
    for one in (coming, running):
        await store.run(put(one, sealer))
    ended = await store.run(lambda c: notice.end(c, sealer, running.id, at=later(60), by="mio"))
    assert (ended.notice.to_at, ended.withdrawn_at) == (later(60), None)
    withdrawn = await store.run(lambda c: notice.end(c, sealer, coming.id, at=later(60), by="mio"))
    assert withdrawn.withdrawn_at == later(60)
    assert await store.read(lambda c: notice.for_routing(c, later(61))) == ()
    assert len(await store.read(outbox.listing)) == 8
    for one in (coming, running):
        with pytest.raises(RuleBroken, match="over already"):
            await store.run(lambda c, i=one.id: notice.end(c, sealer, i, at=later(99), by="mio"))  # type: ignore[misc]
    with pytest.raises(RuleBroken, match="would end"):
        await store.run(put(a_notice(from_at=AT, to_at=AT), sealer))


# ---- terms -----------------------------------------------------------------------------------------


def add(sealer: Sealer, version: str, effective_on: date, at: datetime = AT) -> Callable[[Connection], object]:
    return lambda c: terms.add(
        c, sealer, version=version, title="利用規約", text=f"本文 {version}", effective_on=effective_on, at=at,
        by="mio", notice_id=uuid4(),
    )  # fmt: skip


async def test_r31_a_new_version_is_told_to_everybody_with_its_text_a_month_ahead(
    store: Store, reached: Office, sealer: Sealer
) -> None:
    await store.run(add(sealer, "2024-01", date(2024, 1, 1)))
    assert await store.read(notice.listing) == [], "the first version changes nothing"
    with pytest.raises(RuleBroken, match="one month ahead"):
        await store.run(add(sealer, "2026-05", date(2026, 4, 30)))
    assert [v.version for v in await store.read(terms.listing)] == ["2024-01"]
    await store.run(add(sealer, "2026-05", date(2026, 5, 1)))
    (kept,) = await store.read(notice.listing)
    assert (kept.notice.kind, kept.terms_version) == ("terms", "2026-05")
    assert kept.notice.from_at == midnight(date(2026, 5, 1))
    (row, _) = await store.read(outbox.listing)
    letter = await store.read(lambda c: outbox.open_letter(c, sealer, row.id))
    assert letter.attachments[0].content.decode() == "本文 2026-05" and "2026年5月1日" in letter.body
    assert "終了時刻" not in letter.body
    assert await store.read(lambda c: notice.for_routing(c, later(0))) == ()
    with pytest.raises(RuleBroken, match="exists already"):
        await store.run(add(sealer, "2026-05", date(2027, 5, 1)))
    with pytest.raises(RuleBroken, match="not withdrawn"):
        await store.run(lambda c: notice.end(c, sealer, kept.notice.id, at=AT, by="mio"))


async def test_r31_the_first_use_on_or_after_the_day_is_the_consent_by_tokyos_calendar(
    store: Store, office: Office, sealer: Sealer
) -> None:
    """Article 31.4."""
    await store.run(add(sealer, "1", date(2024, 1, 1)))
    await store.run(add(sealer, "2", date(2026, 5, 1)))
    begins = midnight(date(2026, 5, 1))
    tick = timedelta(microseconds=1)

    def use(at: datetime) -> str | None:
        found = store.run_now(lambda c: terms.used(c, office.subscriber, at, "sign_in"))
        return found.version if found else None

    assert [use(begins - tick), use(begins - tick), use(begins), use(begins + HOUR)] == ["1", None, "2", None]
    found = await store.read(lambda c: terms.consented(c, subscriber_id=office.subscriber))
    assert [(c.version, c.at, c.how) for c in found] == [("1", begins - tick, "sign_in"), ("2", begins, "sign_in")]
    assert await store.read(lambda c: terms.missing(c, "2")) == []
    for change in ("UPDATE terms_consent SET how = 'call'", "DELETE FROM terms_version"):
        with pytest.raises(Exception, match="insert-only"):
            await store.run(lambda c, change=change: c.execute(text(change)))  # type: ignore[misc]


async def test_r31_before_the_first_version_there_is_nothing_to_consent_to(store: Store, office: Office) -> None:
    assert await store.run(lambda c: terms.used(c, office.subscriber, AT, "sign_in")) is None


async def test_r31_a_call_counts_as_use_only_where_that_is_set(store: Store, office: Office, sealer: Sealer) -> None:
    await store.run(add(sealer, "1", date(2026, 4, 1)))
    begins = midnight(date(2026, 4, 1))
    for decision, at in (("suspended", begins), ("accepted", begins - HOUR), ("accepted", begins + 2 * HOUR)):
        await store.run(lambda c, d=decision, a=at: case(c, office, d, a))  # type: ignore[misc]
    assert await store.run(lambda c: terms.count_calls(c, AT)) == 0
    await store.run(lambda c: contract.set_settings(c, office.contract, {"calls_count_as_use": True}))
    assert await store.run(lambda c: terms.count_calls(c, AT)) == 1
    assert await store.run(lambda c: terms.count_calls(c, AT)) == 0
    (found,) = await store.read(lambda c: terms.consented(c, version="1"))
    assert (found.how, found.at) == ("call", begins + 2 * HOUR)


def case(c: Connection, office: Office, decision: str, at: datetime) -> None:
    c.execute(
        case_file.insert().values(
            call_id=uuid4(), chain=office.subscriber, subscriber_id=office.subscriber, contract_id=office.contract,
            number=NUMBER, decision=decision, caller_class="anonymous", node="n1", channel="", invited_at=at,
        )
    )  # fmt: skip
