"""Proofs for what is to go live: short searches at once, long ones never at the expense of the calls under way."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from smartdesk_pbx.flow.prove import MOST_STATES
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.office.flow_prove import Agreed, Shown, shown
from smartdesk_pbx.office.office import Office

QUICK_STATES = 10_000
"""A search so small is made in the daemon: it takes a third of a second, and most flows are far smaller. A longer one
is made in a process of its own."""


async def proved(office: Office, tree: Tree, agreed: Agreed, most_states: int = MOST_STATES) -> Shown:
    """The proof of a flow. A search of millions of states takes minutes, and keeps nobody waiting but who asked."""
    now = office.clock.now()
    quick = await asyncio.to_thread(shown, office.settings, tree, agreed, now, min(QUICK_STATES, most_states))
    if quick.states <= QUICK_STATES or most_states <= QUICK_STATES:
        return quick
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, shown, office.settings, tree, agreed, now, most_states)
