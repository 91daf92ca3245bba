"""Who acts: the operations shell on this machine, or somebody who signed in."""

from dataclasses import dataclass
from uuid import UUID

from smartdesk_pbx.contract.access import Role


@dataclass(frozen=True)
class Actor:
    """Who does an operation, in which role, and the reason given for it (R23)."""

    who: str
    role: Role = "operations"
    why: str = ""
    account_id: UUID | None = None
    subscriber_id: UUID | None = None
    agent: str | None = None


HOUSE = Actor("smartdesk")
"""The program itself: sweeps and set-up."""
