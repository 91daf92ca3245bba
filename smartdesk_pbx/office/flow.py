"""Flows: checked, published, shown. A version is never changed again, and goes live as a whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.flow.load import Loaded
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.turns import Turn, coming, in_force
from smartdesk_pbx.office.flow_gate import Place, Proved, Verdict, judge, places, teams
from smartdesk_pbx.office.flow_review import reviewed
from smartdesk_pbx.office.flow_source import Draft, Text, read, read_draft
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import flow as table
from smartdesk_pbx.store import turn

FORCE = "it can be forced: --force --reason REASON, which stands with it for good"


class Forced(Params):
    """`force`: live although check or prove has something against it; that needs a `reason`."""

    force: bool = False
    reason: Annotated[str, Field(max_length=1000, pattern=r"^[^\r\n]*$")] = ""
    by: str = "operations"


class Publish(Text, Forced):
    """`numbers`: assigned numbers that it answers from now on."""

    numbers: tuple[str, ...] = ()


class Which(Params):
    flow: str
    version: int | None = None


@dataclass(frozen=True)
class Checked:
    """A flow without mistakes. `advice`: what stands in the way of publishing it all the same."""

    flow: str
    languages: tuple[str, ...]
    nodes: int
    advice: tuple[str, ...] = ()


@dataclass(frozen=True)
class Live:
    """A number at which some version of a flow answers now."""

    number: str
    version: int


@dataclass(frozen=True)
class Later:
    """A version that will go live at a number, whatever goes live there before that."""

    number: str
    flow: str
    version: int
    at: datetime


@dataclass(frozen=True)
class Listed:
    """A version of a flow. `numbers`: those that it answers; `live`: those that any version of the flow answers."""

    flow: str
    version: int
    published_at: datetime
    by: str
    numbers: tuple[str, ...]
    live: tuple[Live, ...]
    forced: str | None
    broken: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Published:
    """What was published. `proofs`: what was proved; `broken`: what is wrong with it and was forced; `later`: what
    will take its place."""

    flow: str
    version: int
    published_at: datetime
    numbers: tuple[str, ...]
    text: str
    proofs: tuple[Proved, ...]
    broken: tuple[str, ...]
    advice: tuple[str, ...]
    later: tuple[Later, ...]


async def check(office: Office, params: Draft) -> Checked:
    """What the flow is, when nothing is wrong with it. Raises `Mistakes`."""
    flow = await office.store.read(lambda c: read_draft(office, c, params))
    found = reviewed(office.settings, flow)
    if wrong := [one.mistake for one in found if one.refuses]:
        raise Mistakes(wrong)
    tree = flow.tree
    beside = [f"the shared flow {name} is not published yet" for name, version in tree.shared.items() if not version]
    return Checked(tree.flow, tree.languages, len(tree.nodes), (*map(str, found), *beside))


async def publish(office: Office, params: Publish) -> Published:
    """Publish a version and let it answer these numbers from now on: all of them, or nothing is changed.

    Raises `Mistakes` for a flow that holds any, `RuleBroken` where it does not fit, or is broken and not forced.
    """
    looked = await look(office, params, params.numbers, params)

    def store(connection: Connection) -> Published:
        at = office.store.now(connection)
        new = table.publish(connection, id=office.ids.new(), **looked.columns(params), at=at)  # type: ignore[arg-type]
        for one in looked.where:
            live = in_force(turn.of_number(connection, one.number), at)
            if live and live.what == new.what and not (params.reason or looked.verdict.broken):
                continue  # it answers there already, and there is nothing new to be said of it
            turn.add(
                connection, one.number, new.id, id=office.ids.new(), kind="publish", made_at=at, by=params.by,
                reason=params.reason, broken=looked.verdict.broken,
            )  # fmt: skip
        return looked.told(new, later(connection, looked.numbers, at))

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Listed]:
    """The newest version of each flow, and where any version of it is live."""

    def find(connection: Connection) -> list[Listed]:
        live = live_turns(office, connection)
        return [listed(one, live) for one in table.listing(connection)]

    return await office.store.read(find)


async def show(office: Office, params: Which) -> Listed:
    """One flow as it was written, the newest version unless another is named."""
    return await office.store.read(lambda c: listed(table.get(c, params.flow, params.version), live_turns(office, c)))


@dataclass(frozen=True)
class Looked:
    """A text that was read and judged for the numbers where it is to go."""

    text: str
    tree: Tree
    where: tuple[Place, ...]
    verdict: Verdict

    @property
    def numbers(self) -> tuple[str, ...]:
        """E.164."""
        return tuple(one.number for one in self.where)

    def columns(self, forced: Forced) -> Mapping[str, object]:
        """What `store.flow.publish` keeps of it."""
        broken = self.verdict.broken
        return {
            "text": self.text, "tree": self.tree, "by": forced.by, "broken": broken,
            "forced": forced.reason if broken else None,
        }  # fmt: skip

    def told(self, new: table.PublishedFlow, later: Sequence[Later]) -> Published:
        """What is said of it once it is stored."""
        verdict = self.verdict
        return Published(
            new.name, new.version, new.published_at, self.numbers, new.text, verdict.proofs, verdict.broken,
            verdict.advice, tuple(later),
        )  # fmt: skip


async def look(office: Office, text: Text, numbers: Sequence[str], forced: Forced) -> Looked:
    """Read a text that is to go live and judge it for these numbers. Raises as `publish` does."""
    wanted = [checked(one, office.settings.country) for one in numbers]
    refuse_force_without_reason(forced)

    def about(connection: Connection) -> tuple[Loaded, list[Place], frozenset[str]]:
        where = places(connection, wanted, office.store.now(connection))
        return read(office, connection, text), where, teams(connection)

    flow, where, known_teams = await office.store.read(about)
    verdict = await judge(office, flow, where, known_teams)
    refuse_broken(f"{flow.tree.flow} is not published", verdict, forced)
    return Looked(text.text, flow.tree, tuple(where), verdict)


def refuse_force_without_reason(forced: Forced) -> None:
    """Raises `RuleBroken`."""
    if forced.force and not forced.reason:
        raise RuleBroken("--force needs --reason: why is it to go live although something is wrong with it?")


def refuse_broken(what: str, verdict: Verdict, forced: Forced) -> None:
    """Raises `RuleBroken` with all that is broken, unless it is forced."""
    if verdict.broken and not forced.force:
        raise RuleBroken("\n".join((f"{what}:", *verdict.broken, FORCE)))


def later(connection: Connection, numbers: Sequence[str], at: datetime) -> list[Later]:
    """What is scheduled at these numbers."""
    found = [(one, ahead) for one in numbers for ahead in coming(turn.of_number(connection, one), at)]
    return [Later(number, ahead.what.flow, ahead.what.version, ahead.from_at) for number, ahead in found]


def listed(one: table.PublishedFlow, live: Sequence[Turn]) -> Listed:
    """A version with where it is live, and where any version of its flow is; `live`: the turns in force."""
    own = [found for found in live if found.what.flow == one.name]
    return Listed(
        one.name, one.version, one.published_at, one.published_by,
        tuple(found.number for found in own if found.what == one.what),
        tuple(Live(found.number, found.what.version) for found in own), one.forced, one.broken, one.text,
    )  # fmt: skip


def live_turns(office: Office, connection: Connection) -> list[Turn]:
    """The turn in force at each number, by number."""
    at = office.store.now(connection)
    found = (in_force(turns, at) for _, turns in sorted(turn.of_all(connection).items()))
    return [one for one in found if one is not None]
