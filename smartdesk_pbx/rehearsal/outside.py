"""A telephone outside, in skipped time: somebody answers and presses 1, or a mailbox does not."""

import asyncio

from smartdesk_pbx.call.phone import Prompts
from smartdesk_pbx.rehearsal.people import RehearsedAgent, RehearsedAgentLeg

YES = "1"


class RehearsedOutside(RehearsedAgent):
    """`will`: answer (and press 1), mailbox (answers and presses nothing), other_key, vanish (presses 1 and is gone),
    leave (hangs up instead of pressing), busy, decline, no_answer, absent."""

    def __init__(self, number: str, will: str = "answer", after_s: float = 3.0, press_s: float = 1.0) -> None:
        super().__init__(number, will, after_s)
        self.press_s = press_s

    @property
    def in_a_call(self) -> bool:
        """Somebody talks there already."""
        return any(leg.live for leg in self.legs)

    def takes_outside(self, channel: str) -> "RehearsedOutsideLeg":
        """Somebody, or something, picks up."""
        leg = RehearsedOutsideLeg(self, channel)
        self.legs.append(leg)
        return leg


class RehearsedOutsideLeg(RehearsedAgentLeg):
    """One call to a telephone outside that was picked up."""

    phone: RehearsedOutside

    def __init__(self, phone: RehearsedOutside, channel: str) -> None:
        super().__init__(phone, channel)
        self.agent = "outside"

    async def takes_it(self, prompts: Prompts, *, wait_s: float) -> bool:
        if not await self.whisper(prompts):
            return False
        will, pressing_s = self.phone.will, self.phone.press_s
        if will == "leave":
            await self.hang_up()
        if will not in ("answer", "vanish") or pressing_s > wait_s:
            await asyncio.wait({self.over}, timeout=wait_s)
            return False
        await asyncio.wait({self.over}, timeout=pressing_s)
        if self.over.done():
            return False
        if will == "vanish":
            await self.hang_up()
        return True
