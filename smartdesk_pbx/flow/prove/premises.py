"""What a proof takes for granted: what was agreed, how long prompts last, and from when on calls come."""

from dataclasses import dataclass
from datetime import datetime

from smartdesk_pbx.contract.case_rules import Rules
from smartdesk_pbx.contract.parts import working
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.flow.world import Seconds

MOST_STATES = 10_000_000
"""A search that meets more of them stops, and has proved nothing."""


@dataclass(frozen=True)
class Premises:
    """Closures are no premise: a number can be closed at any time, so the search always tries that too.

    `since`: aware; calendars are looked at for 13 months from then. `languages`: those that the number may have; none
    given: any of the flow's. `numbers`: those that the flow answers, E.164; none given: any. `emergency`: is an
    emergency number on file? None: perhaps.
    """

    settings: ServiceSettings
    rules: Rules
    since: datetime
    seconds: Seconds
    languages: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    emergency: bool | None = None
    queue_s: float = 20.0
    """How long a caller waits for an agent, where the flow does not say."""
    ring_s: float = 20.0
    """How long an agent's phone rings."""

    @property
    def humans(self) -> bool:
        """R2.1: is answering by humans agreed, and not suspended?"""
        return "answering" in working(self.settings)
