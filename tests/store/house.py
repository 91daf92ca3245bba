"""An office of operations on a store of the tests, and calls that have happened in it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Connection, select

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.judging import judged_by
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import as_json, perform
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import later, recording
from smartdesk_pbx.store.case import file_of
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables import case_event
from tests.store.facts import arrived
from tests.store.office import Office as Seeded

AT = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
"""A Monday, 10:00 in Tokyo; the office's day of work."""


class House:
    """`ask` does an operation as the API would; `call` lets a call happen."""

    def __init__(self, store: Store, home: Path, seeded: Seeded) -> None:
        settings, keys = Settings(home=home), load_keys(home)
        self.sealer = Sealer(keys.master, keys.installation)
        self.office = Office(settings, keys, store, self.sealer, Clock(), Ids())
        self.store, self.seeded = store, seeded

    async def ask(self, operation: str, /, **params: object) -> Any:
        """The answer as JSON values."""
        return as_json(await perform(self.office, operation, params))

    async def call(
        self, at: datetime = AT, *more: events.CaseEvent, caller: str = "+819011112222", human: bool = True,
        judged: bool = True,
    ) -> UUID:  # fmt: skip
        """A call of 30 s, with an agent or in the IVR alone; its id. `more` happens before it ends."""
        call_id = uuid4()
        case = [
            arrived(
                call_id, subscriber=self.seeded.subscriber, contract=self.seeded.contract, at=at, caller=caller,
                caller_key=self.sealer.caller_key(caller),
            ),
            events.CallAnswered(call_id=call_id, at=at + timedelta(seconds=1)),
        ]  # fmt: skip
        if human:
            case += _talk(call_id, at)
        case += [_moved(event, call_id) for event in more]
        outcome = "human" if human else "self_service"
        case.append(events.CallEnded(call_id=call_id, at=at + timedelta(seconds=40), by="caller", outcome=outcome))
        await self.store.run(lambda c: self._write(c, case, judged))
        return call_id

    def _write(self, connection: Connection, case: Sequence[events.CaseEvent], judged: bool) -> None:
        now = case[-1].at + timedelta(seconds=20)
        facts: list[Any] = list(case)
        if judged:
            closed = events.CaseClosed(call_id=case[0].call_id, at=now, response="none")
            facts += [closed, judged_by(standard_plan().rules, case, now)]
        self.add(connection, *facts)

    def add(self, connection: Connection, *facts: Any) -> None:
        """Facts of a call, one after the other."""
        for fact in facts:
            later.append(connection, self.sealer, uuid4, self.seeded.subscriber, facts[-1].at, fact)

    async def record(self, call_id: UUID) -> None:
        """The talk was recorded."""
        kept = recording.Recording(call_id, f"2026/11/16/{call_id}.wav", "talk", 30.0, 480_000, "ab" * 32)
        await self.store.run(lambda c: recording.add(c, kept))

    async def file(self, call_id: UUID) -> Any:
        return await self.store.read(lambda c: file_of(c, call_id))

    async def kinds(self, call_id: UUID) -> list[str]:
        query = select(case_event.c.kind).where(case_event.c.call_id == call_id).order_by(case_event.c.chain_seq)
        return await self.store.read(lambda c: list(c.execute(query).scalars()))


def _talk(call_id: UUID, at: datetime) -> list[events.CaseEvent]:
    started = at + timedelta(seconds=10)
    return [
        events.TalkStarted(call_id=call_id, at=started, agent="aoi", channel="c"),
        events.TalkEnded(call_id=call_id, at=started + timedelta(seconds=30), agent="aoi", by="caller", talk_s=30.0),
    ]


def _moved(event: events.CaseEvent, call_id: UUID) -> events.CaseEvent:
    return msgspec.structs.replace(event, call_id=call_id)
