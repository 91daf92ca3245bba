"""What a conversation takes for granted, as a person writes it, and the world that it makes. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from smartdesk_pbx.contract.numbers import e164
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.calendar import Closure
from smartdesk_pbx.flow.parts import Language, Target
from smartdesk_pbx.flow.spoken import zone_of
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.world import AgentOutcome, Agents, Seconds, World

ANONYMOUS = "anonymous"
NONE = "none"
USUAL_AT = "2026-07-01 10:00"
"""A Wednesday without a holiday, where a conversation names no time: it must come out the same next year."""

AT_RIGHT = "write 2026-07-01 10:00, or with a zone 2026-07-01T10:00+09:00"
CALLER_RIGHT = f'a number in quotes such as "09012345678" or "+819012345678", or {ANONYMOUS}'
AGENTS_RIGHT = f"a number of free agents, {NONE}, busy, or a list such as [nobody, human]"
OUTSIDE_RIGHT = "answers, silent, or a list such as [silent, answers]"
LOOKUP_RIGHT = "an answer such as vip, or answers by node such as {ask-crm: vip}"


def _wrong(given: object, right: str) -> PydanticCustomError:
    return PydanticCustomError("given", "{given} does not fit here; {right}", {"given": repr(given), "right": right})


def _at(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(text, AT_RIGHT) from None
    return text


def _caller(text: str) -> str:
    if text == ANONYMOUS:
        return text
    number = e164(text)
    if number is None:
        raise _wrong(text, CALLER_RIGHT)
    return number


def _agents(written: Any) -> Any:
    if written == NONE:
        return 0
    if written == "busy" or (isinstance(written, int) and not isinstance(written, bool) and 0 <= written <= 99):
        return written
    if isinstance(written, list | tuple) and written and all(one in get_args(AgentOutcome) for one in written):
        return tuple(written)
    raise _wrong(written, AGENTS_RIGHT)


def _outside(written: Any) -> Any:
    ways = {"answers": True, "silent": False}
    if isinstance(written, bool) or (isinstance(written, tuple) and all(isinstance(one, bool) for one in written)):
        return written
    if isinstance(written, str) and written in ways:
        return ways[written]
    if isinstance(written, list) and written and all(isinstance(one, str) and one in ways for one in written):
        return tuple(ways[one] for one in written)
    raise _wrong(written, OUTSIDE_RIGHT)


def _lookup(written: Any) -> Any:
    if isinstance(written, str):
        return {"*": written}
    if isinstance(written, dict) and all(isinstance(one, str) for one in written.values()):
        return written
    raise _wrong(written, LOOKUP_RIGHT)


def _number(text: str) -> str:
    number = e164(text)
    if number is None:
        raise _wrong(text, 'a number in quotes, such as "0312345678" or "+81312345678"')
    return number


Number = Annotated[str, AfterValidator(_number)]


class Given(BaseModel):
    """`given:` of a conversation. Each docstring is its documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    at: Annotated[str, AfterValidator(_at)] = USUAL_AT
    """When the call arrives, on the clock of the flow's first calendar, else in Tokyo."""
    caller: Annotated[str, AfterValidator(_caller)] = "+819012345678"
    """The caller's number, or `anonymous`."""
    lists: tuple[Target, ...] = ()
    """The contract's lists of callers that hold the number."""
    last_call_hours: Annotated[float, Field(ge=0)] | None = None
    """How many hours ago the caller called last; not given: never before."""
    number: Number | None = None
    """The number that is called."""
    language: Language | None = None
    """The number's language; not given: the flow's first."""
    name: str = Field("", max_length=80)
    """The announced name."""
    agents: Annotated[Agents, BeforeValidator(_agents)] = 1
    """How many agents are free, `none` (nobody is at work), `busy`, or what comes of each request in turn."""
    outside: Annotated[bool | tuple[bool, ...], BeforeValidator(_outside)] = False
    """Do the subscriber's own telephones answer: `answers` or `silent`, or each time in turn."""
    lookup: Annotated[dict[str, str], BeforeValidator(_lookup)] = Field(default_factory=dict)
    """What the subscriber's system answers, always or by node; not given: nothing, in time."""
    transfer_requests: Annotated[int, Field(ge=0, le=999)] = 0
    """R8.2: direct-transfer requests of this caller that were counted before the call."""
    threshold: Annotated[int, Field(ge=1, le=99)] = 3
    """R8.2: the request that releases the emergency number."""
    requests_per_call: Annotated[int, Field(ge=1, le=9)] = 1
    """R8.2: how many requests by key may count in one call."""
    emergency: bool = True
    """Is an emergency number on file?"""
    answering: bool = True
    """R2.1: is answering by humans agreed?"""
    closed: bool | Annotated[str, Field(min_length=1, max_length=200)] = False
    """The number is closed just now: true, or why."""

    def world(self, tree: Tree, seconds: Seconds | None = None) -> World:
        """The world of a call through this flow."""
        at = arrival(self.at, tree)
        closures = (Closure(at, None, self.closed if isinstance(self.closed, str) else ""),) if self.closed else ()
        number = None if self.caller == ANONYMOUS else self.caller
        world = World(
            at,
            CallerFacts(number, frozenset(self.lists) if number else frozenset(), self.last_call_hours),
            number=self.number or "",
            language=self.language or "",
            name=self.name,
            agents=self.agents,
            outside=self.outside,
            lookups=self.lookup,
            closures=closures,
            transfer_requests=self.transfer_requests,
            threshold=self.threshold,
            requests_per_call=self.requests_per_call,
            emergency=self.emergency,
            answering=self.answering,
        )
        return world if seconds is None else replace(world, seconds=seconds)

    def as_written(self) -> dict[str, Any]:
        """As it would stand in a file, without what is usual."""
        written = {name: getattr(self, name) for name in sorted(self.model_fields_set)}
        if "outside" in written:
            ways = {True: "answers", False: "silent"}
            outside = self.outside
            written["outside"] = ways[outside] if isinstance(outside, bool) else [ways[one] for one in outside]
        if self.agents == 0:
            written["agents"] = NONE
        if set(self.lookup) == {"*"}:
            written["lookup"] = self.lookup["*"]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in written.items()}


def given_of(values: Mapping[str, Any]) -> Given:
    """What was given one by one. Raises `RuleBroken` naming each that cannot be."""
    try:
        return Given.model_validate(values)
    except ValidationError as error:
        raise RuleBroken("\n".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_url=False))) from None


def arrival(text: str, tree: Tree) -> datetime:
    """A time as it was written, aware."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=zone_of(tree))


def written(at: datetime, tree: Tree) -> str:
    """The other way round, to the minute where that is exact."""
    local = at.astimezone(zone_of(tree))
    return local.strftime("%Y-%m-%d %H:%M" if local == local.replace(second=0, microsecond=0) else "%Y-%m-%d %H:%M:%S")
