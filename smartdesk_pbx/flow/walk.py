"""The flow walker: `step(tree, position, result)` says what comes next. Pure, and the only one.

What a live call does, what a simulation shows and what a proof searches is this function. It knows nothing
but its three arguments; what a node must know from outside it asks with the verbs `Ask` and `Fetch`, answered by the
next result.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from smartdesk_pbx.flow.after import after
from smartdesk_pbx.flow.nodes import (
    Announce,
    Call,
    Callback,
    Caller,
    ChooseLanguage,
    Collect,
    Escalate,
    Exit,
    Goto,
    Hangup,
    Hours,
    Jump,
    Lookup,
    Menu,
    Node,
    Record,
    Ring,
    Tag,
    TransferRequest,
)
from smartdesk_pbx.flow.position import Position
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import (
    OTHERWISE,
    START,
    Ask,
    Bye,
    CallbackPromised,
    Choose,
    Fact,
    Fetch,
    Hand,
    Keep,
    Reach,
    RefusalPlayed,
    Result,
    Say,
    Tagged,
    Take,
    Tell,
    Verb,
)

__all__ = ["Position", "Step", "begin", "step"]

CONFIRM = "1"
REVIEW = ("1", "2", "3")
"""Keep, hear, record anew."""


@dataclass(frozen=True)
class Step:
    """The verb to carry out at `position`, and what became true on the way there."""

    position: Position
    verb: Verb
    facts: tuple[Fact, ...] = ()


def begin(tree: Tree) -> Position:
    """Where every call starts."""
    return Position(tree.start)


def step(tree: Tree, position: Position, result: Result) -> Step:
    """The next verb after `result` at `position`; with `START`, the verb of the position itself.

    Raises nothing for a tree that was loaded: every target exists and every loop is bounded.
    """
    facts: tuple[Fact, ...] = ()
    if result != START:
        moved = after(tree.nodes[position.node], position, result)
        facts = _became_true(position, moved)
        position = moved
    node = tree.nodes[position.node]
    while isinstance(node, Goto | Jump | Tag):
        if isinstance(node, Tag):
            facts += (Tagged(node.tags),)
        position = _back(tree, node, position) if isinstance(node, Goto) else position.to(node.next)
        node = tree.nodes[position.node]
    return Step(position, _verb(node, position), facts)


def _became_true(left: Position, now: Position) -> tuple[Fact, ...]:
    if left.phase == "refused" and now.phase != "refused":
        return (RefusalPlayed(),)
    if now.phase == "thanks" and now.node == left.node:
        return (CallbackPromised(own=left.phase == "same"),)
    return ()


def _back(tree: Tree, node: Goto, at: Position) -> Position:
    """Back to the goto's target, or on. The counts of nodes later than the target are forgotten: the others grow in
    lexicographic order, so even loops within loops come to an end."""
    gone = dict(at.gone)
    taken = gone.get(node.to, 0)
    if taken >= node.most:
        return at.to(node.then, "flow")
    order = tree.order
    kept = {target: times for target, times in gone.items() if order[target] < order[node.to]}
    return replace(at.to(node.to), gone=(*sorted(kept.items()), (node.to, taken + 1)))


def _verb(node: Node, at: Position) -> Verb:
    """What a node asks of the telephone, or of the world, at this position."""
    match node:
        case Announce():
            return Say(node.prompts, node.skippable)
        case Menu():
            return Choose(at.before + node.prompts, node.wait_s, tuple(node.keys))
        case Collect():
            return _of_collect(node, at)
        case Record():
            return _of_record(node, at)
        case Hours():
            return Ask("hours", ("open", "closed", "holiday", *(f"exception {name}" for name in node.exceptions)),
                       about=node.calendar)  # fmt: skip
        case ChooseLanguage() if node.numbers:
            return Ask("number_called", (*node.numbers, OTHERWISE))
        case ChooseLanguage():
            return Choose(node.prompts, node.wait_s, tuple(node.keys))
        case Caller():
            return Ask("caller", (*map(str, range(len(node.cases))), OTHERWISE), cases=node.cases)
        case TransferRequest():
            return _of_request(node, at)
        case Ring():
            return Reach(node.prompts, node.to, node.mode == "together", node.ring_s, node.screening)
        case Escalate():
            return Hand(node.prompts, node.team, node.reason or at.why, node.skills, node.priority, node.wait_s)
        case Callback():
            return _of_callback(node, at)
        case Lookup():
            return Fetch(node.prompts, node.url, node.method, node.send, node.limit_s, tuple(node.answers))
        case Hangup():
            return Bye(node.prompts, node.reason)
        case Goto() | Jump() | Tag() | Call() | Exit():
            raise AssertionError(f"a {node.kind} is never a position of its own")
    assert_never(node)


def _of_collect(node: Collect, at: Position) -> Verb:
    if at.phase == "confirm":
        return Choose(node.confirm, node.wait_s, (CONFIRM,))
    most = max(map(len, node.patterns), default=node.most)
    return Take(at.before + node.prompts, node.least, most, node.patterns, node.wait_s, node.gap_s)


def _of_record(node: Record, at: Position) -> Verb:
    if at.phase == "review":
        return Choose(at.before + node.reviewing, node.wait_s, REVIEW)
    return Keep(node.prompts, node.most_s, node.silence_s, instead=at.phase == "anew")


def _of_request(node: TransferRequest, at: Position) -> Verb:
    if at.phase == "refused":
        return Say(node.refused, skippable=False)
    if at.phase == "tell":
        return Tell(node.intro, node.again)
    return Ask("transfer_request", ("refused", "released", "missing"))


def _of_callback(node: Callback, at: Position) -> Verb:
    match at.phase:
        case "" if node.use_caller:
            return Ask("caller_number", ("known", "withheld"))
        case "same":
            return Choose(node.same, node.wait_s, (CONFIRM,))
        case "confirm":
            return Choose(node.confirm, node.wait_s, (CONFIRM,))
        case "thanks":
            return Say(node.thanks, skippable=False)
    return Take(at.before + node.prompts, node.least, node.most, (), node.wait_s, node.gap_s)
