"""Where a result leads from a node: one function for each kind that can be a position. Pure."""

from dataclasses import replace
from typing import assert_never

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
from smartdesk_pbx.flow.verbs import FITS, OTHERWISE, Result

YES = Result("key", "1")
MESSAGE = "@message"
"""The placeholder of the message just recorded; only the walker writes it."""


def after(node: Node, at: Position, result: Result) -> Position:
    """The position to which a result leads; it may be that of a goto, a jump or a tag."""
    match node:
        case Announce():
            return at.to(node.next)
        case Menu():
            return _after_menu(node, at, result)
        case Collect():
            return _after_collect(node, at, result)
        case Record():
            return _after_record(node, at, result)
        case Hours():
            return at.to(_hours_way(node, result.value))
        case ChooseLanguage():
            return _after_language(node, at, result)
        case Caller():
            return at.to(node.otherwise if result.value == OTHERWISE else node.cases[int(result.value)].next)
        case TransferRequest():
            return _after_request(node, at, result)
        case Ring():
            return at.to(node.next if result.kind == "talked" else node.on_no_answer)
        case Escalate():
            return at.to(node.next if result.kind == "human" else node.on_nobody)
        case Callback():
            return _after_callback(node, at, result)
        case Lookup():
            return at.to(node.answers.get(result.value, node.otherwise))
        case Goto() | Jump() | Tag() | Call() | Exit() | Hangup():
            raise AssertionError(f"nothing comes after {node.kind}")
    assert_never(node)


def _after_menu(node: Menu, at: Position, result: Result) -> Position:
    silent = result.kind == "silence"
    last = at.tries + 1 >= (node.silent_tries if silent and node.silent_tries else node.tries)
    if silent:
        return at.to(node.on_silence, "no_input") if last else at.again(node.no_key)
    if result.value in node.keys:
        return at.to(node.keys[result.value], "caller_asked")
    return at.to(node.on_wrong_key, "wrong_key") if last else at.again(node.wrong_key)


def _after_collect(node: Collect, at: Position, result: Result) -> Position:
    if at.phase == "confirm":
        if result == YES:
            return at.to(node.next)
    elif result == FITS:
        return replace(at, phase="confirm", before=()) if node.read_back else at.to(node.next)
    if at.tries + 1 >= node.tries:
        return at.to(node.on_silence, "no_input")
    return at.again(node.wrong)


def _after_record(node: Record, at: Position, result: Result) -> Position:
    """While it is reviewed the message is there: whatever else happens, it is kept."""
    if at.phase == "review":
        if result.kind == "silence" or result.value == "1" or at.tries + 1 >= node.tries:
            return at.to(node.next)
        if result.value == "3":
            return at.again(phase="anew")
        return at.again((MESSAGE,) if result.value == "2" else (), phase="review")
    if result.kind != "recorded":
        return at.to(node.on_silence)
    return replace(at, phase="review", before=()) if node.review else at.to(node.next)


def _hours_way(node: Hours, answer: str) -> str:
    if answer == "open":
        return node.open
    if answer == "holiday" and node.holiday:
        return node.holiday
    return node.exceptions.get(answer.removeprefix("exception "), node.closed)


def _after_language(node: ChooseLanguage, at: Position, result: Result) -> Position:
    chosen = node.keys.get(result.value) or node.numbers.get(result.value)
    if chosen:
        return replace(at.to(node.next), language=chosen)
    if node.numbers or at.tries + 1 >= node.tries:
        return at.to(node.next)
    return at.again()


def _after_request(node: TransferRequest, at: Position, result: Result) -> Position:
    if result.kind == "answer":
        return at.on("tell" if result.value == "released" else "refused")
    return at.to(node.on_told if at.phase == "tell" else node.on_refused)


def _after_callback(node: Callback, at: Position, result: Result) -> Position:
    match at.phase:
        case "thanks":
            return at.to(node.next)
        case "same":
            return at.on("thanks" if result == YES else "number")
        case "confirm" if result == YES:
            return at.on("thanks")
        case "" if result.kind == "answer":
            return at.on("same" if result.value == "known" else "number")
        case "" | "number" if result == FITS:
            return replace(at, phase="confirm", before=())
    if at.tries + 1 >= node.tries:
        return at.to(node.on_silence, "no_input")
    return at.again(node.wrong, phase="number")
