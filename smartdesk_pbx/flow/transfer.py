"""R8.2 in a call that is not real: whether a direct-transfer request would be refused or release the number. Pure."""

from dataclasses import dataclass

from smartdesk_pbx.contract.direct_transfer import Counted, Release, decide, may_count
from smartdesk_pbx.flow.world import World


@dataclass
class Requests:
    """The requests of one call. `settled`: our answer to the last one was played to its end."""

    counted: int = 0
    settled: bool = True

    def ask(self, world: World) -> str:
        """The caller asks once more: `refused` or `released`, as call/emergency.py decides it."""
        counts = may_count(counted_in_call=self.counted, answered_since=self.settled, limit=world.requests_per_call)
        self.settled = False
        self.counted += isinstance(counts, Counted)
        # Of an anonymous caller only the requests of this call are known.
        before = world.transfer_requests if world.caller.number else 0
        requests = tuple(str(i) for i in range(before + self.counted))
        return "released" if isinstance(decide(requests, world.threshold, world.emergency), Release) else "refused"

    def answered(self) -> None:
        """Our answer was played to its end."""
        self.settled = True
