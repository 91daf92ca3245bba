"""What a caller does on the line: listens, presses keys, speaks, waits, hangs up."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from smartdesk_pbx.rehearsal.people import Me, NotHeard, RehearsedAgent
from smartdesk_pbx.trial.month.visits import Visit

NOBODY = "nobody-free"


async def act(me: Me, visit: Visit, agents: Mapping[str, RehearsedAgent]) -> None:
    """The caller's side of one call, to the moment in which somebody hangs up."""
    # Whoever is told that the number cannot be reached, or waits too long, hangs up as well.
    with suppress(NotHeard, TimeoutError):
        await _ACTS.get(visit.wish, _for_a_human)(me, visit, agents)
    await me.hangs_up()


async def _hangs_up(me: Me, visit: Visit, _: Mapping[str, RehearsedAgent]) -> None:
    """Before the first word, or in the greeting."""
    if visit.luck > 0.4:
        await asyncio.sleep(1 + 4 * visit.luck)


async def _info(me: Me, visit: Visit, _: Mapping[str, RehearsedAgent]) -> None:
    await me.hears("main-menu")
    await me.presses("1")
    await me.hears("company-info")
    await asyncio.sleep(2 * visit.luck)


async def _transfer(me: Me, visit: Visit, agents: Mapping[str, RehearsedAgent]) -> None:
    """R8.2: asks to be connected directly; most then take an agent, the persistent one calls again another day."""
    await me.hears("main-menu")
    await me.presses("3")
    if await me.hears("transfer-refused", "emergency-intro") == "emergency-intro":
        await me.hears("emergency-repeat")
    elif visit.luck > 0.5:
        await me.hears("refused-menu")
        await me.presses("2")
        await _with_agent(me, visit, agents)


async def _for_a_human(me: Me, visit: Visit, agents: Mapping[str, RehearsedAgent]) -> None:
    await me.hears("main-menu")
    await me.presses("2")
    await _with_agent(me, visit, agents)


async def _gives_up(me: Me, visit: Visit, agents: Mapping[str, RehearsedAgent]) -> None:
    """Wants a human, and does not wait for one."""
    await me.hears("main-menu")
    await me.presses("2")
    await asyncio.sleep(1 + 3 * visit.luck)


async def _silent(me: Me, visit: Visit, agents: Mapping[str, RehearsedAgent]) -> None:
    """Presses nothing: the IVR gives up and rings an agent (R2.1)."""
    await _with_agent(me, visit, agents)


async def _with_agent(me: Me, visit: Visit, agents: Mapping[str, RehearsedAgent]) -> None:
    """Waits for an agent and talks; leaves a message when nobody is free; loses patience at some time."""
    met = await me.meets(NOBODY, limit_s=visit.patience_s)
    if met == NOBODY:
        await _leaves_message(me, visit)
        return
    await asyncio.sleep(visit.talk_s)
    await (agents[met] if visit.agent_ends else me).hangs_up()
    if visit.agent_ends:
        await me.ends()


async def _leaves_message(me: Me, visit: Visit) -> None:
    if visit.wish in ("silent", "fax") or visit.luck < 0.3:
        return
    await me.hears("beep")
    await me.speaks(5 + 20 * visit.luck)
    await me.hears("message-thanks")
    if visit.caller and await me.hears("callback-ask"):
        await me.presses(f"{visit.caller}#")
        await me.hears("callback-readback", "callback-thanks")
        await me.presses("1")
        await me.ends()


_ACTS = {
    "hangs-up": _hangs_up, "info": _info, "transfer": _transfer, "gives-up": _gives_up, "silent": _silent,
    "fax": _silent,
}  # fmt: skip
