"""Every operation of the office by name: what it takes, and whether it reads, writes, or needs the running daemon."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.office.actor import HOUSE, Actor
from smartdesk_pbx.office.office import Office

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""A short name: small letters, digits, hyphens."""

AgentId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""A short name that is no number: it is a SIP user, and would take the calls of whoever calls from that number."""

Kind = Literal["read", "write", "live"]


class Params(BaseModel):
    """What an operation takes. Unknown names are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


Run = Callable[[Office, Any], Awaitable[object]]
Live = Mapping[str, Callable[[Any], Awaitable[object]]]
"""What a daemon gives: name -> function of the validated `Params`, for the live operations, and for those that read
and of which it knows more than the store."""


@dataclass(frozen=True)
class Operation:
    """One thing that operations staff can do. `run` is None for live ones: the daemon brings its own."""

    name: str
    kind: Kind
    params: type[Params]
    run: Run | None = None
    personal: bool = False
    """R23: the answer holds personal data, so that each look leaves a trace."""

    @property
    def reads(self) -> bool:
        """True when it changes nothing, live lists included."""
        return self.kind == "read" or (self.kind == "live" and self.name.endswith((".list", ".show")))


def identifier(text: str, what: str, noun: str) -> UUID:
    """The id that somebody wrote. Raises `RuleBroken`: `text` is no `what`, and `noun` lists them."""
    try:
        return UUID(text)
    except ValueError:
        raise RuleBroken(f"{text!r} is no {what} (smartdesk {noun} list shows them)") from None


def find(name: str) -> Operation:
    """The operation of this name. Raises `RuleBroken` for an unknown one."""
    from smartdesk_pbx.office.operations import OPERATIONS

    if name not in OPERATIONS:
        raise RuleBroken(f"{name}: no such operation")
    return OPERATIONS[name]


def read(operation: Operation, said: object) -> Params:
    """The validated parameters. Raises `RuleBroken` with one line that names each mistake."""
    try:
        return operation.params.model_validate(said)
    except ValidationError as error:
        raise RuleBroken("; ".join(_mistake(e["loc"], e["msg"], e["type"]) for e in error.errors())) from None


def _mistake(where: tuple[int | str, ...], message: str, kind: str) -> str:
    name = ".".join(str(part) for part in where) or "parameters"
    if kind == "missing":
        return f"{name}: is needed"
    if kind == "string_pattern_mismatch" and "a-z0-9-" in message:
        first = ", a letter first" if "^[a-z][" in message else ""
        return f"{name}: a short name is needed: small letters, digits, hyphens{first}, at most 40"
    return f"{name}: {message.removeprefix('Value error, ')}"


async def perform(office: Office, name: str, said: object, live: Live | None = None, actor: Actor = HOUSE) -> object:
    """The answer of one operation; what it changes or shows of people leaves a trace in the audit trail.

    Raises `RuleBroken` (`NotAllowed` beyond the actor's role), or `EdgeDown` for a live one without a daemon.
    """
    from smartdesk_pbx.office.admit import admit, leave_trace

    operation = find(name)
    params = read(operation, said)
    await admit(office, name, params, actor, reads=operation.reads)
    try:
        answer = await _run(office, operation, _in_own_name(params, actor), live or {}, actor)
    except OverflowError:
        raise RuleBroken(f"{name}: a number or a date is beyond what can be stored") from None
    if operation.personal:
        # What cannot be traced is not shown.
        await office.store.run(lambda c: leave_trace(office, c, "look", name, params, actor))
    return answer


def _in_own_name(params: Params, actor: Actor) -> Params:
    """R5: whoever signed in acts as nobody else; only the shell says itself who types."""
    if actor.account_id is None or "by" not in type(params).model_fields:
        return params
    return params.model_copy(update={"by": actor.agent or actor.who})


async def _run(office: Office, operation: Operation, params: Params, live: Live, actor: Actor) -> object:
    from smartdesk_pbx.office.admit import leave_trace

    name = operation.name
    if operation.kind == "write" and operation.run:
        traced = office.store.traced(lambda c: leave_trace(office, c, "change", name, params, actor))
        return await operation.run(replace(office, store=traced), params)
    if name in live:
        answer = await live[name](params)
        if not operation.reads:
            await office.store.run(lambda c: leave_trace(office, c, "change", name, params, actor))
        return answer
    if operation.run is None:
        raise EdgeDown(f"{name} needs a running daemon")
    return await operation.run(office, params)


def as_json(answer: object) -> Any:
    """An answer as JSON values: times in ISO 8601 UTC, identifiers as text."""
    return msgspec.json.decode(msgspec.json.encode(answer))
