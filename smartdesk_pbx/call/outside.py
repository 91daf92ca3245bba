"""Ringing the subscriber's own telephones: the one place from which calls go to the outside.

Each number is asked for at the moment itself: `contract/destinations.py` says whether it may be rung. Such a talk is
not recorded: it is the subscriber's own.
"""

import asyncio
from collections.abc import Sequence

from smartdesk_pbx.call.case import Case
from smartdesk_pbx.call.escalate import HOLD_MOST_S, Holding, earlier_s, looked_at
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.phone import AgentLeg, Leg, NotAnswered, OutsideLeg
from smartdesk_pbx.call.placeholders import resolve
from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.destinations import check_destination
from smartdesk_pbx.errors import CallEnded, CallerHungUp, CutByLimit, RuleBroken
from smartdesk_pbx.flow.verbs import NO_ANSWER, TALKED, Reach, Result
from smartdesk_pbx.store.snapshot import Route

SCREENING_S = 10.0
"""How long whoever answered has, after the words, to press 1."""

OUTSIDE = "outside"
"""What the other leg of such a talk is called."""


async def reach_outside(leg: Leg, case: Case, route: Route, house: House, verb: Reach) -> Result:
    """The caller waits with music while the numbers ring, together or in turn, until one of them takes the call."""
    prompts = await resolve(verb.prompts, leg, case, route, house)
    ringing = _Ringing(leg, case, route, house, verb)
    longest_s = len(ringing.rounds()) * (verb.ring_s + SCREENING_S)
    wait = asyncio.ensure_future(leg.please_wait(prompts, wait_s=longest_s))
    wait.add_done_callback(looked_at)
    try:
        for together in ringing.rounds():
            taken = await leg.until(ringing.first_of(together))
            if taken and await ringing.meet(*taken, wait):
                await watch_outside(leg, case, taken[1])
                return TALKED
        await wait
    except CallEnded:
        wait.cancel()
        ringing.nobody_else("caller_left")
        raise
    except Exception:  # whatever is said next must not meet a channel that is still being told to wait
        await asyncio.wait({wait}, timeout=HOLD_MOST_S)
        raise
    return NO_ANSWER


class _Ringing:
    """One `Reach`: the numbers by their place in it, and which of them ring now."""

    def __init__(self, leg: Leg, case: Case, route: Route, house: House, verb: Reach) -> None:
        self.leg, self.case, self.route, self.house, self.verb = leg, case, route, house, verb
        self.open: set[int] = set()

    def rounds(self) -> list[list[int]]:
        """Which ring at the same time, one round after the other."""
        everyone = [which for which, _ in enumerate(self.verb.numbers, 1)]
        return [everyone] if self.verb.together else [[which] for which in everyone]

    async def first_of(self, together: Sequence[int]) -> tuple[int, OutsideLeg] | None:
        """The first that takes the call; the others stop ringing. Cancelled, none rings any more."""
        tries = {asyncio.ensure_future(self._try(which)): which for which in together}
        waiting, taken = set(tries), None
        try:
            while waiting and taken is None:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                taken = next((one for one in tries if one in done and one.result()), None)
        finally:
            await self._stop([one for one in tries if one is not taken])
        if taken is None:
            return None
        self.open.discard(tries[taken])
        self.nobody_else("elsewhere")
        callee = taken.result()
        assert callee
        return tries[taken], callee

    async def _stop(self, tries: Sequence["asyncio.Task[OutsideLeg | None]"]) -> None:
        for one in tries:
            one.cancel()
        for left in await asyncio.gather(*tries, return_exceptions=True):
            if left and not isinstance(left, BaseException):  # answered at the same moment
                await left.hang_up()

    async def _try(self, which: int) -> OutsideLeg | None:
        """Ring one number; its leg once somebody there takes the call, None when not."""
        number, verb = self.verb.numbers[which - 1], self.verb
        try:
            check_destination(number, self.route.settings)
        except RuleBroken as error:
            self.house.alarm("destination_not_allowed", call_id=str(self.case.call_id), error=str(error))
            self._missed(which, "not_allowed")
            return None
        self.case.note(events.OutsideRung, which=which, count=len(verb.numbers), number=number).hurry()
        self.open.add(which)
        callee = await self.leg.ring_outside(number, timeout_s=verb.ring_s, language=self.route.language)
        if isinstance(callee, NotAnswered):
            self._missed(which, callee.reason)
            return None
        try:
            if not verb.screening or await callee.takes_it(self._screening(), wait_s=SCREENING_S):
                return callee
        except BaseException:
            await callee.hang_up()
            raise
        await callee.hang_up()
        self._missed(which, "not_screened")
        return None

    def _screening(self) -> list[str]:
        name = self.route.announced_prompt
        return ["outside-screening", *([name] if name else [])]

    async def meet(self, which: int, callee: OutsideLeg, wait: Holding) -> bool:
        """Join the two; False when the other one left meanwhile. Whatever else goes wrong, nobody is left alone."""
        try:
            await wait
            await self.leg.join(callee)
        except LookupError:
            await callee.hang_up()
            self._missed(which, "left")
            return False
        except BaseException:
            await callee.hang_up()
            self._missed(which, "caller_left")
            raise
        number = self.verb.numbers[which - 1]
        self.case.note(events.OutsideTalked, which=which, channel=callee.channel, number=number).hurry()
        return True

    def nobody_else(self, reason: events.OutsideMiss) -> None:
        """Note that all who still rang do so no more."""
        for which in sorted(self.open):
            self._missed(which, reason)

    def _missed(self, which: int, reason: events.OutsideMiss) -> None:
        self.open.discard(which)
        self.case.note(events.OutsideMissed, which=which, reason=reason)


async def watch_outside(leg: Leg, case: Case, callee: AgentLeg) -> None:
    """The talk, to its end. Returns when the other side left and the caller is still there.

    A later daemon enters here for a talk that goes on.
    """
    try:
        talk = await leg.talk(callee)
    except Exception:  # a fault of ours: nobody must sit on a dead line
        await callee.hang_up()
        raise
    if begun := case.open_outside:
        by = "callee" if talk.by == "agent" else talk.by
        talk_s = round(talk.seconds + earlier_s(case, begun.at), 3)
        case.note(events.OutsideEnded, which=begun.which, by=by, talk_s=talk_s)
    if talk.by == "caller":
        raise CallerHungUp
    if talk.by == "us":
        raise CutByLimit
