"""The operations that need the running daemon: agents' states, calls under way, the primary response."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from smartdesk_pbx.call.agent_transfer import ask_agent, tell_by_agent
from smartdesk_pbx.call.house import House
from smartdesk_pbx.call.primary_response import Answers, respond
from smartdesk_pbx.desk.states import State
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.agent import shown
from smartdesk_pbx.office.case import read_id
from smartdesk_pbx.store.case import CaseFile, file_of, open_calls

Live = Mapping[str, Callable[[Any], Awaitable[object]]]


def live_operations(house: House) -> Live:
    """Name -> function of the operation's validated parameters."""
    return {
        "agent.list": lambda p: _agents(house),
        "agent.show": lambda p: _one_agent(house, p.agent),
        "agent.ready": lambda p: _agent(house, "ready", p.agent, None),
        "agent.pause": lambda p: _agent(house, "paused", p.agent, p.reason or "break"),
        "agent.offline": lambda p: _agent(house, "offline", p.agent, None),
        "call.list": lambda p: _calls(house),
        "call.show": lambda p: _call(house, p.call),
        "case.respond": lambda p: _respond(house, p),
        "case.transfer": lambda p: ask_agent(house, read_id(p.case)),
        "case.told": lambda p: _told(house, p.case),
    }


async def _agent(house: House, state: State, agent: str, reason: str | None) -> object:
    await house.desk.asked(agent, state, reason)
    return {"agent": agent, "state": state, "reachable": agent in house.desk.reachable}


async def _agents(house: House) -> list[dict[str, object]]:
    """As the office lists them, and who can be reached: that only the daemon knows."""
    return [{**vars(shown(a)), "reachable": a.name in house.desk.reachable} for a in await house.desk.agents()]


async def _one_agent(house: House, agent: str) -> object:
    found = [row for row in await _agents(house) if row["agent"] == agent]
    if not found:
        raise RuleBroken(f"there is no agent {agent!r} (smartdesk agent list shows them)")
    return found[0]


async def _calls(house: House) -> object:
    files = await house.store.read(lambda c: open_calls(c, house.settings.node))
    return [_shown(file) for file in files]


async def _call(house: House, call: str) -> object:
    file = await house.store.read(lambda c: file_of(c, read_id(call)))
    if file is None or file.ended_at:
        raise RuleBroken(f"no call {call} is under way (smartdesk call list shows them)")
    return _shown(file)


def _shown(file: CaseFile) -> dict[str, object]:
    where = "with a human" if file.human_at else "in the IVR" if file.answered_at else "ringing"
    return {
        "call_id": file.call_id, "number": file.number, "where": where, "agent": file.agent,
        "since": file.human_at or file.invited_at,
    }  # fmt: skip


async def _respond(house: House, params: Any) -> object:
    given: dict[str, str | bool] = {
        item: value for item in ("name", "phone", "purpose") if (value := getattr(params, item)) is not None
    }
    if params.callback is not None:
        if params.callback not in ("yes", "no"):
            raise RuleBroken(f"callback: {params.callback!r} is neither yes nor no")
        given["callback"] = params.callback == "yes"
    answers = Answers(given, tuple(params.refused or ()), tuple(params.not_heard or ()))
    taken = await respond(house, read_id(params.case), answers, params.by or "")
    return {"case": str(taken.call_id), "complete": taken.complete, "undecided": taken.undecided}


async def _told(house: House, case: str) -> object:
    await tell_by_agent(house, read_id(case))
    return {"case": case, "told": True}
