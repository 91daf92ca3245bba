"""R14, R8.2: a subscriber's requests: asked, approved or refused, in force where the detail is used, all kept."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office import change, voice
from smartdesk_pbx.office import detail as details
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import contract, detail, number, outbox, subscriber
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from tests.furniture import empty_database
from tests.store.facts import AT, NUMBER

SLUG = "sakura"


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """An office with one subscriber and one number; sounds are named, not spoken."""
    settings = Settings(home=tmp_path)
    settings.database_file.write_bytes(empty_database())
    keys, store = load_keys(tmp_path), Store.open(settings, inline=True, now=lambda: AT)
    made = Office(settings, keys, store, Sealer(keys.master, keys.installation), Clock(lambda: AT), Ids())

    async def spoken(_: Office, text: str, *__: str) -> str:
        return f"s-{text[-4:]}"

    monkeypatch.setattr(voice, "speak", spoken)
    monkeypatch.setattr(voice, "read_out", spoken)
    who, plan = uuid4(), standard_plan()

    def seed(c: Connection) -> None:
        contract.put_plan(c, id=plan.plan, name=plan.name, settings={}, rules=plan.rules)
        subscriber.add(c, id=who, slug=SLUG, name="さくら", announced_name="さくら", announced_reading="", at=AT)
        contract.add(c, id=who, subscriber_id=who, plan=plan.plan, started_on=date(2026, 4, 1))
        number.assign(c, NUMBER, who, id=uuid4(), at=AT)
        number.set_sources(c, NUMBER, ["+81311112222"])

    store.run_now(seed)
    yield made
    await store.close()


async def ask(office: Office, field: str, *value: str, by: str | None = None) -> change.Shown:
    """The subscriber's request; `by`: operations change it themselves."""
    target = NUMBER if field == "forward_sources" else None
    if by:
        given = change.Register(subscriber=SLUG, field=field, value=value, number=target, by=by)
        return await change.register(office, given)
    return await change.ask(office, change.Ask(subscriber=SLUG, field=field, value=value, number=target))


async def versions(office: Office, field: str) -> list[tuple[int, tuple[str, ...], str]]:
    found = await details.history(office, details.History(subscriber=SLUG, field=field))
    return [(one.version, one.value, one.by) for one in found]


async def test_r14_a_request_waits_until_it_is_approved_and_every_version_stays(office: Office) -> None:
    asked = await ask(office, "address", "東京都港区1")
    assert (asked.state, asked.version, await versions(office, "address")) == ("asked", None, [])
    assert asked.asked_by == SLUG
    shown = await change.show(office, change.Which(request=asked.request))
    assert shown.value == ("東京都港区1",)
    done = await change.approve(office, change.Approve(request=asked.request, by="mio"))
    assert (done.state, done.decided_by, done.version) == ("approved", "mio", 1)
    await ask(office, "address", "東京都港区2", by="mio")
    assert await versions(office, "address") == [(1, ("東京都港区1",), "mio"), (2, ("東京都港区2",), "mio")]
    with pytest.raises(RuleBroken, match="approved already"):
        await change.approve(office, change.Approve(request=asked.request))


async def test_r14_a_refusal_changes_nothing_and_tells_the_subscriber_why(office: Office) -> None:
    await ask(office, "mail", "a@example.jp", by="mio")
    asked = await ask(office, "mail", "b@example.jp")
    done = await change.refuse(office, change.Refuse(request=asked.request, reason="宛先不明"))
    assert (done.state, done.reason, [v[1] for v in await versions(office, "mail")]) == (
        "refused", "宛先不明", [("a@example.jp",)],
    )  # fmt: skip
    rows = await office.store.read(outbox.listing)
    letters = [await office.store.read(lambda c, i=r.id: outbox.open_letter(c, office.sealer, i)) for r in rows]  # type: ignore[misc]
    assert {letter.to for letter in letters} == {"a@example.jp"}
    assert any("理由　宛先不明" in letter.body for letter in letters)


async def test_r14_a_later_request_replaces_the_one_that_waits(office: Office) -> None:
    first, second = await ask(office, "phone", "0398765432"), await ask(office, "phone", "0398765433")
    found = await change.listing(office, change.Listing(subscriber=SLUG))
    assert {one.request: one.state for one in found} == {first.request: "withdrawn", second.request: "asked"}
    with pytest.raises(RuleBroken, match="withdrawn already"):
        await change.approve(office, change.Approve(request=first.request))


async def test_r8_2_the_emergency_number_is_in_force_at_once_and_shown_to_nobody(office: Office) -> None:
    await ask(office, "emergency_number", "0312345119")
    done = await ask(office, "emergency_number", "09012345678")
    assert (done.state, done.version) == ("approved", 2)
    who = await office.store.read(lambda c: subscriber.get(c, SLUG))
    assert subscriber.emergency_of(office.sealer, who) == "+819012345678"
    assert who.emergency_prompt == "s-5678"
    shown = repr(await versions(office, "emergency_number")) + repr(
        await change.show(office, change.Which(request=done.request))
    )
    assert "5678" not in shown and "5119" not in shown and "(sealed)" in shown
    assert (await ask(office, "emergency_number")).version == 3
    who = await office.store.read(lambda c: subscriber.get(c, SLUG))
    assert subscriber.emergency_of(office.sealer, who) is None


async def test_r14_what_was_there_before_the_first_change_is_version_1(office: Office) -> None:
    await ask(office, "announced_name", "さくら商事", "サクラショウジ", by="mio")
    await ask(office, "forward_sources", "0355550000", by="mio")
    await ask(office, "name", "株式会社さくら", by="mio")
    assert await versions(office, "announced_name") == [
        (1, ("さくら",), ""), (2, ("さくら商事", "サクラショウジ"), "mio"),
    ]  # fmt: skip
    assert await versions(office, "forward_sources") == [(1, ("+81311112222",), ""), (2, ("+81355550000",), "mio")]
    who = await office.store.read(lambda c: subscriber.get(c, SLUG))
    assert (who.name, who.announced_name, who.announced_prompt) == ("株式会社さくら", "さくら商事", "s-くら商事")
    assert await office.store.read(lambda c: number.sources(c, NUMBER)) == ["+81355550000"]


async def test_r14_forward_sources_are_those_of_an_own_number(office: Office) -> None:
    with pytest.raises(RuleBroken, match="no number of sakura"):
        await change.ask(
            office,
            change.Ask(subscriber=SLUG, field="forward_sources", value=("0355550000",), number="0312345999"),
        )
    assert await change.listing(office, change.Listing()) == []


async def test_r14_which_details_wait_is_a_setting(office: Office) -> None:
    (one,) = await office.store.read(contract.listing)
    at_once = {"changes_at_once": ["notification_targets"]}
    await office.store.run(lambda c: contract.set_settings(c, one.id, at_once))
    assert (await ask(office, "notification_targets", "a@example.jp", "https://example.jp/h")).version == 1
    assert (await ask(office, "phone", "0398765432")).version is None
    addresses = await office.store.read(lambda c: detail.mail_addresses(c, office.sealer, one.subscriber_id))
    assert addresses == ["a@example.jp"]
