"""What all facts about a call share: the call, the time, and which fields are sealed."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from msgspec import Struct

EndedBy = Literal["caller", "agent", "us", "network", "unseen"]
"""Who ended a call. `us`: our verb said goodbye; `unseen`: found gone after an outage."""

CallerClass = Literal["number", "anonymous", "unreadable"]
"""R2.2: anonymous is a class of callers of its own, never an error."""

EscalationReason = Literal["no_input", "wrong_key", "caller_asked", "flow", "hours", "error"]
"""R2.1: why the IVR could not handle the call."""

Decided = Literal["given", "refused", "not_heard"]
"""R2.3: each item of the primary response is decided explicitly."""


class CaseEvent(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What all kinds share: the call and when it happened."""

    SEALED: ClassVar[frozenset[str]] = frozenset()
    ONCE: ClassVar[bool] = False
    """True for kinds of which a case has exactly one; the store refuses a second."""

    call_id: UUID
    at: datetime
