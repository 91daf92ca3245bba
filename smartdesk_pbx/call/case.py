"""The record of one call: every fact is noted here as it happens, and goes to the writer at once."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from smartdesk_pbx import metrics
from smartdesk_pbx.call.phone import Message
from smartdesk_pbx.contract.case_facts import messages_of
from smartdesk_pbx.contract.events import (
    CallArrived,
    CallEnded,
    CaseEvent,
    FlowStep,
    MessageRecorded,
    OutsideEnded,
    OutsideTalked,
    TalkEnded,
    TalkStarted,
)
from smartdesk_pbx.store.receipt import Receipt
from smartdesk_pbx.store.writer import Writer

E = TypeVar("E", bound=CaseEvent)


class Case:
    """The events of one call, in order. `note` appends without waiting; its receipt can be waited for."""

    def __init__(
        self,
        writer: Writer,
        now: Callable[[], datetime],
        call_id: UUID,
        chain: UUID | None,
        events: Iterable[CaseEvent] = (),
    ) -> None:
        self.call_id, self.chain = call_id, chain
        self.events = list(events)
        self._writer, self._now = writer, now

    def note(self, kind: type[E], **fields: Any) -> Receipt:
        """Append an event of `kind` that happens now, or happened `at` an earlier time."""
        event = kind(call_id=self.call_id, **{"at": self._now(), **fields})
        self.events.append(event)
        if isinstance(event, CallEnded):
            metrics.call_ended(event.outcome)
        return self._writer.append(event, chain=self.chain)

    def note_message(self, message: Message) -> Receipt:
        """Append that the caller left a message."""
        return self.note(
            MessageRecorded,
            file=message.file,
            seconds=message.seconds,
            partial=message.partial,
            bytes=message.bytes,
            sha256=message.sha256,
        )

    def all(self, kind: type[E]) -> list[E]:
        """The events of one kind, oldest first."""
        return [e for e in self.events if isinstance(e, kind)]

    def last(self, kind: type[E]) -> E | None:
        """The latest event of one kind."""
        return next((e for e in reversed(self.events) if isinstance(e, kind)), None)

    @property
    def arrived(self) -> CallArrived:
        return self.all(CallArrived)[0]

    @property
    def open_talk(self) -> TalkStarted | None:
        """The talk that has begun and of which no end is noted."""
        talks = self.all(TalkStarted)
        return talks[-1] if len(talks) > len(self.all(TalkEnded)) else None

    @property
    def open_outside(self) -> OutsideTalked | None:
        """The talk with a telephone outside that has begun and of which no end is noted."""
        talks = self.all(OutsideTalked)
        return talks[-1] if len(talks) > len(self.all(OutsideEnded)) else None

    @property
    def messages(self) -> list[MessageRecorded]:
        """The messages that the caller left and did not record anew, oldest first."""
        return messages_of(self.events)

    @property
    def digits(self) -> str | None:
        """The digits that the caller typed last, as they were typed."""
        return next((step.digits for step in reversed(self.all(FlowStep)) if step.digits), None)
