"""A whole office on a database of its own, with finished calls of any age, their recordings and call records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Connection

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import cdr, contract, ledger, number, reach, subscriber
from smartdesk_pbx.store.cdr import CallDetail
from smartdesk_pbx.store.facts import Fact, Group, StoredKey, encode, keys_for
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
NUMBER = "+81312345001"
CALLER = "+819012345678"
EMERGENCY = "+819099990000"


@dataclass
class House:
    """An office, what is in it, and a clock that can be set."""

    office: Office
    subscriber: UUID
    contract: UUID
    now: datetime = NOW
    calls: list[UUID] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.office.store

    @property
    def sealer(self) -> Sealer:
        return self.office.sealer

    def call(
        self, at: datetime, *, caller: str | None = CALLER, record: bool = True, closed: bool = True,
        recording: bool = True, ends_after_s: float = 60, units: int = 1,
    ) -> UUID:  # fmt: skip
        """A call that a human took, with its recording on disk and the switch's record of it; the case's id."""
        call_id = uuid4()
        self.calls.append(call_id)
        ended_at = at + timedelta(seconds=ends_after_s)
        facts = _facts(self, call_id, at, ended_at, caller, units)
        if recording:
            facts.insert(-3, self._recorded(call_id, ended_at))
        self.store.run_now(lambda c: self._commit(c, facts if closed else facts[:-2]))
        if record:
            self.record(call_id, at, ended_at)
        return call_id

    def record(self, call_id: UUID, at: datetime, ended_at: datetime, *, to: str = NUMBER) -> None:
        """What Asterisk wrote down about a call."""
        detail = CallDetail(call_id, at, at + timedelta(seconds=2), ended_at, 16, to)

        def keep(c: Connection) -> None:
            cdr.store(c, detail, read_at=self.now)
            reach.note(c, "n1", cdr_at=self.now)

        self.store.run_now(keep)

    def append(self, *facts: Fact) -> None:
        """Facts of calls that exist."""
        self.store.run_now(lambda c: self._commit(c, facts))

    def file(self, name: str) -> Path:
        return self.office.settings.recordings_dir / name

    def _recorded(self, call_id: UUID, at: datetime) -> events.RecordingStored:
        name = f"{at:%Y/%m/%d}/{call_id}.wav"
        self.file(name).parent.mkdir(parents=True, exist_ok=True)
        sound = b"RIFF" + call_id.bytes * 50
        self.file(name).write_bytes(sound)
        return events.RecordingStored(
            call_id=call_id, at=at, file=name, seconds=9.0, expected_s=9.0, whole=True, bytes=len(sound),
            sha256=sha256(sound).hexdigest(),
        )  # fmt: skip

    def _commit(self, connection: Connection, facts: Sequence[Fact]) -> None:
        key = self.sealer.new_case_key(facts[0].call_id, uuid4())
        keys = keys_for(facts, uuid4)
        rows = tuple(encode(f, k, self.sealer, lambda _: key) for f, k in zip(facts, keys, strict=True))
        stored = (StoredKey(key.id, key.call_id, key.wrapped),) if any(row.sealed for row in rows) else ()
        ledger.commit(connection, [Group(rows, self.subscriber, stored)], self.now)


def _facts(house: House, call_id: UUID, at: datetime, ended_at: datetime, caller: str | None, units: int) -> list[Fact]:
    def later(seconds: float) -> datetime:
        return at + timedelta(seconds=seconds)

    return [
        events.CallArrived(
            call_id=call_id, at=at, number=NUMBER, subscriber_id=house.subscriber, contract_id=house.contract,
            plan="standard", flow="demo", flow_version=1, decision="accepted", node="n1", channel="PJSIP/1",
            caller_class="number" if caller else "anonymous", caller=caller,
            caller_key=house.sealer.caller_key(caller) if caller else None,
        ),
        events.CallAnswered(call_id=call_id, at=later(2)),
        events.TalkStarted(call_id=call_id, at=later(10), agent="hanako", channel="PJSIP/2"),
        events.TalkEnded(call_id=call_id, at=ended_at, agent="hanako", by="caller", talk_s=20),
        events.ResponseTaken(
            call_id=call_id, at=ended_at, by="hanako", name_is="given", phone_is="given", callback_is="given",
            purpose_is="given", callback=True, name="鈴木", phone="0312340000", purpose="見積り",
        ),
        events.CallEnded(call_id=call_id, at=ended_at, by="caller", outcome="human", cause=16, human=True),
        events.CaseClosed(call_id=call_id, at=ended_at, response="complete"),
        events.Judged(
            call_id=call_id, at=ended_at, billable=True, rule="human", rules_version="1", rule_text="a human answered",
            case_class="human", units=units, contract_id=house.contract, arrived_at=at,
        ),
    ]  # fmt: skip


def make_house(url: str, home: Path, settings: Mapping[str, object] | None = None) -> House:
    """An office with a subscriber, a contract and a number; close `house.store` afterwards."""
    house: House | None = None
    keys = load_keys(home)
    store = Store.open(url, now=lambda: house.now if house else NOW)
    office = Office(
        Settings(home=home, database_url=url), keys, store, Sealer(keys.master, keys.installation),
        Clock(lambda: house.now if house else NOW), Ids(),
    )  # fmt: skip
    house = House(office, uuid4(), uuid4())
    made = house

    def seed(c: Connection) -> None:
        plan = standard_plan()
        contract.put_plan(c, id=plan.plan, name=plan.name, settings=plan.settings, rules=plan.rules)
        subscriber.add(
            c, id=made.subscriber, slug="aozora", name="株式会社あおぞら", announced_name="あおぞら",
            announced_reading="アオゾラ", at=NOW,
        )  # fmt: skip
        subscriber.set_emergency(c, office.sealer, made.subscriber, number=EMERGENCY, prompt="emer-01")
        contract.add(
            c, id=made.contract, subscriber_id=made.subscriber, plan=plan.plan, started_on=date(2024, 4, 1),
            settings=settings or {},
        )  # fmt: skip
        number.assign(c, NUMBER, made.contract, id=uuid4(), at=datetime(2024, 4, 1, tzinfo=UTC))

    store.run_now(seed)
    return house
