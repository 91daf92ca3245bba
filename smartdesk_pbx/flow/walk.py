"""The flow walker: `step(tree, position, result)` says what comes next. Pure, and the only one.

What a live call does, what a simulation shows and what a proof searches is this function. It knows nothing
but its three arguments; what a node must know from outside it asks with the verb `Ask`, answered by the next
result.
"""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from msgspec import json

from smartdesk_pbx.contract.events import EscalationReason
from smartdesk_pbx.flow.nodes import (
    Announce,
    Collect,
    Escalate,
    Goto,
    Hangup,
    Menu,
    Node,
    Record,
    TransferRequest,
)
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Ask, Bye, Choose, Hand, Keep, Result, Say, Take, Tell, Verb

Phase = Literal["", "confirm", "refused", "tell"]


@dataclass(frozen=True)
class Position:
    """Where a call stands in a flow: hashable, finite, and all that a later daemon needs to go on."""

    node: str
    phase: Phase = ""
    tries: int = 0
    """Tries used up at this node."""
    before: tuple[str, ...] = ()
    """Prompts that come first on this try, such as "that key is not in use"."""
    why: EscalationReason = "flow"
    """How the caller left the last menu, or "flow" once a goto was used up: the reason, if a human is needed now."""
    gone: tuple[tuple[str, int], ...] = ()
    """How often each goto was taken."""

    def encode(self) -> str:
        return json.encode(self).decode()

    @staticmethod
    def decode(text: str) -> "Position":
        return json.decode(text, type=Position)


@dataclass(frozen=True)
class Step:
    """The verb to carry out at `position`. `refusal_played`: a refused request has now been answered (R8.2)."""

    position: Position
    verb: Verb
    refusal_played: bool = False


def begin(tree: Tree) -> Position:
    """Where every call starts."""
    return Position(tree.start)


def step(tree: Tree, position: Position, result: Result) -> Step:
    """The next verb after `result` at `position`; with `START`, the verb of the position itself.

    Raises nothing for a tree that was loaded: every target exists and every loop is bounded.
    """
    if result.kind != "start":
        moved = _after(tree.nodes[position.node], position, result)
        played = position.phase == "refused" and moved.phase != "refused"
        return replace(step(tree, moved, Result("start")), refusal_played=played)
    node = tree.nodes[position.node]
    while isinstance(node, Goto):
        position = _jump(node, position)
        node = tree.nodes[position.node]
    return Step(position, _verb(node, position))


def _jump(node: Goto, at: Position) -> Position:
    taken = dict(at.gone).get(at.node, 0)
    if taken >= node.most:
        return _to(at, node.then, "flow")
    gone = dict(at.gone) | {at.node: taken + 1}
    return replace(_to(at, node.to), gone=tuple(sorted(gone.items())))


def _to(at: Position, target: str, why: EscalationReason | None = None) -> Position:
    return Position(target, why=why or at.why, gone=at.gone)


def _again(at: Position, before: tuple[str, ...]) -> Position:
    return replace(at, phase="", tries=at.tries + 1, before=before)


def _verb(node: Node, at: Position) -> Verb:
    """What a node asks of the telephone at this position."""
    match node:
        case Announce():
            return Say(node.prompts, node.skippable)
        case Menu():
            return Choose(at.before + node.prompts, node.wait_s)
        case Collect() if at.phase == "confirm":
            return Choose(node.confirm, node.wait_s)
        case Collect():
            return Take(at.before + node.prompts, node.most, node.wait_s, node.gap_s)
        case Record():
            return Keep(node.prompts, node.most_s, node.silence_s)
        case Escalate():
            return Hand(node.prompts, node.team, node.reason or at.why)
        case TransferRequest() if at.phase == "refused":
            return Say(node.refused, skippable=False)
        case TransferRequest() if at.phase == "tell":
            return Tell(node.intro, node.again)
        case TransferRequest():
            return Ask("transfer_request")
        case Hangup():
            return Bye(node.prompts, node.reason)
        case Goto():
            raise AssertionError("a goto is never a position of its own")
    assert_never(node)


def _after(node: Node, at: Position, result: Result) -> Position:
    """Where a result leads from a node."""
    match node:
        case Announce():
            return _to(at, node.next)
        case Menu():
            return _after_menu(node, at, result)
        case Collect():
            return _after_collect(node, at, result)
        case Record():
            return _to(at, node.next if result.kind == "recorded" else node.on_silence)
        case Escalate():
            return _to(at, node.next if result.kind == "human" else node.on_nobody)
        case TransferRequest():
            return _after_request(node, at, result)
        case Goto() | Hangup():
            raise AssertionError(f"nothing comes after {node.kind}")
    assert_never(node)


def _after_menu(node: Menu, at: Position, result: Result) -> Position:
    silent = result.kind == "silence"
    last = at.tries + 1 >= (node.silent_tries if silent and node.silent_tries else node.tries)
    if silent:
        return _to(at, node.on_silence, "no_input") if last else _again(at, node.no_key)
    if result.value in node.keys:
        return _to(at, node.keys[result.value], "caller_asked")
    return _to(at, node.on_wrong_key, "wrong_key") if last else _again(at, node.wrong_key)


def _after_collect(node: Collect, at: Position, result: Result) -> Position:
    if at.phase == "confirm":
        if result == Result("key", "1"):
            return _to(at, node.next)
    elif result.kind == "digits" and int(result.value) >= node.least:
        return replace(at, phase="confirm", before=()) if node.read_back else _to(at, node.next)
    if at.tries + 1 >= node.tries:
        return _to(at, node.on_silence, "no_input")
    return _again(at, node.wrong)


def _after_request(node: TransferRequest, at: Position, result: Result) -> Position:
    if result.kind == "answer":
        return replace(at, phase="tell" if result.value == "released" else "refused")
    return _to(at, node.on_told if at.phase == "tell" else node.on_refused)
