"""What speaks against a version of a flow at a number: nothing goes live that was not looked at here.

Some of it is refused whatever is said, as a live call would refuse it too; what check and prove find may be forced.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract.case_rules import Rules
from smartdesk_pbx.contract.destinations import check_destination, check_lookup
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.load import Loaded
from smartdesk_pbx.flow.nodes import Escalate, Lookup, Ring
from smartdesk_pbx.flow.prove import Proof
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.office.caller_list import asked_lists
from smartdesk_pbx.office.flow_proof import proved
from smartdesk_pbx.office.flow_prove import Agreed
from smartdesk_pbx.office.flow_review import reviewed
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import agent, caller_list, contract, number, subscriber


@dataclass(frozen=True)
class Place:
    """A number ("": not known yet), and all that a flow must fit there. `lists`: those that somebody is on;
    `emergency`: is one on file?"""

    number: str
    subscriber: str
    contract_id: UUID
    settings: ServiceSettings
    rules: Rules
    language: str
    emergency: bool
    lists: frozenset[str]


@dataclass(frozen=True)
class Proved:
    """What was proved, for which numbers: how many states there are, how long the longest call lasts, and its steps
    with the second at which each begins at the latest."""

    numbers: tuple[str, ...]
    proved: bool
    states: int
    longest_s: float | None
    longest: tuple[tuple[float, str], ...]
    not_checked: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """`broken`: what check and prove have against it; `advice`: what may be meant so."""

    broken: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    proofs: tuple[Proved, ...] = ()


def places(connection: Connection, numbers: Iterable[str], at: datetime) -> list[Place]:
    """Where a flow is to go. Raises `RuleBroken` for a number that is not assigned."""
    assigned = {one.number: one for one in number.listing(connection, at=at)}
    found = []
    for one in dict.fromkeys(numbers):
        if one not in assigned:
            raise RuleBroken(f"{one} is not assigned")
        found.append(place(connection, one, assigned[one].contract_id))
    return found


def place(connection: Connection, number: str, contract_id: UUID) -> Place:
    """What a flow would have to fit at a number of this contract, whether or not it is assigned yet."""
    of = contract.get(connection, contract_id)
    who = subscriber.by_id(connection, of.subscriber_id)
    assert who is not None
    return Place(
        number, who.slug, contract_id, contract.settings_of(connection, contract_id),
        contract.plan(connection, of.plan).rules, who.language, who.emergency_prompt is not None,
        frozenset(caller_list.names(connection, contract_id)),
    )  # fmt: skip


def teams(connection: Connection) -> frozenset[str]:
    """The teams that agents are in."""
    return frozenset(one.team for one in agent.listing(connection))


async def judge(office: Office, flow: Loaded, where: Sequence[Place], teams: frozenset[str]) -> Verdict:
    """Look at a version for these numbers; for none, only at what does not depend on any. Raises `RuleBroken` with
    everything that no reason would make right."""
    tree = flow.tree
    refuse(tree, where)
    found = reviewed(office.settings, flow)
    broken = [*(str(one) for one in found if one.refuses), *_unspoken(tree, where)]
    advice = [*(str(one) for one in found if not one.refuses), *_advice(tree, where, teams)]
    proofs = list[Proved]()
    for group in _alike(where):
        proof, numbers = await proved(office, tree, _agreement(group)), tuple(one.number for one in group)
        proofs.append(_proved(proof, numbers))
        broken += _broken(proof, numbers)
        advice += [f"no call comes to {', '.join(proof.unreached)}"] if proof.unreached else []
    return Verdict(tuple(broken), tuple(dict.fromkeys(advice)), tuple(proofs))


def refuse(tree: Tree, where: Sequence[Place]) -> None:
    """Raises `RuleBroken` with what a live call would refuse or could not do; no reason helps against it."""
    wrong = [*_refused(tree, where)]
    if wrong:
        raise RuleBroken("\n".join(dict.fromkeys(wrong)))


def _agreement(group: Sequence[Place]) -> Agreed:
    """What a proof for these numbers takes for granted. They are alike in all but the number."""
    one, numbers = group[0], tuple(each.number for each in group if each.number)
    rules = one.rules.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    whose = ", ".join(numbers) or one.subscriber
    return Agreed(whose, one.settings.model_dump(mode="json"), rules, numbers, (one.language,), one.emergency)


def _alike(where: Iterable[Place]) -> Iterator[list[Place]]:
    groups: list[list[Place]] = []
    for one in where:
        same = (group for group in groups if _agreed(group[0]) == _agreed(one))
        found = next(same, None)
        if found is None:
            groups.append(found := [])
        found.append(one)
    yield from groups


def _agreed(one: Place) -> Place:
    """Without what a proof does not look at."""
    return replace(one, number="", subscriber="", contract_id=UUID(int=0), lists=frozenset())


def _refused(tree: Tree, where: Sequence[Place]) -> Iterator[str]:
    if tree.is_shared and where:
        yield f"{tree.flow} has exits: other flows call it (kind: call); it answers no number itself"
    for name, node in tree.nodes.items():
        if isinstance(node, Ring):
            for extension in node.extensions:
                yield f"node {name!r} rings extension {extension!r}: the IP-PBX part is not there yet"
            for one in where:
                for to in node.to:
                    yield from _unless(partial(check_destination, to, one.settings), f"node {name!r} rings {to}", one)
        elif isinstance(node, Lookup):
            for one in where:
                yield from _unless(partial(check_lookup, node.url, one.settings), f"node {name!r} asks", one)


def _unless(passes: Callable[[], object], what: str, one: Place) -> Iterator[str]:
    try:
        passes()
    except RuleBroken as error:
        yield f"{what} (contract of {one.subscriber}): {error}".replace("CONTRACT", one.subscriber)


def _proved(proof: Proof, numbers: tuple[str, ...]) -> Proved:
    longest = proof.longest
    seconds, steps = (longest.seconds, longest.steps) if longest else (None, ())
    return Proved(numbers, proof.proved, proof.states, seconds, steps, proof.not_checked)


def _broken(proof: Proof, numbers: Sequence[str]) -> Iterator[str]:
    for one in proof.properties:
        if not one.holds:
            example = one.counter_example
            given = [f"given {name}: {value}" for name, value in example.given.items()] if example else []
            lines = [f"  - {line}" for line in (*given, *(example.lines if example else ()))]
            yield "\n".join((f"{', '.join(numbers)}: {one.says}", *lines))


def _unspoken(tree: Tree, where: Sequence[Place]) -> Iterator[str]:
    for one in where:
        if one.language not in tree.languages:
            speaks = ", ".join(tree.languages)
            yield f"{one.number}: {one.subscriber} is answered in {one.language!r}, and the flow speaks {speaks} alone"


def _advice(tree: Tree, where: Sequence[Place], teams: frozenset[str]) -> Iterator[str]:
    """What nobody can know to be a mistake: the team may be founded, the list may be filled tomorrow."""
    for name, node in tree.nodes.items():
        if isinstance(node, Escalate) and node.team and node.team not in teams:
            yield f"node {name!r}: nobody is in team {node.team!r}"
    asked = asked_lists(tree)
    for one in where:
        for of, node_name in asked.items():
            if of not in one.lists:
                add = f"smartdesk caller add NUMBER --list {of} --contract {one.subscriber}"
                yield f"node {node_name!r}: nobody is on list {of!r} of {one.subscriber} ({add})"
