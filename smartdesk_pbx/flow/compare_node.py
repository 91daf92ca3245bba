"""How two nodes of the same name differ, in words. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from smartdesk_pbx.flow.nodes import Caller, CallerIs, ChooseLanguage, Node
from smartdesk_pbx.flow.tree import NAMED, PROMPT_FIELDS, WAYS

Name = Callable[[str], str]
"""An old node's name as it is called now."""

_WAY = {
    "next": "the way on", "on_silence": "silence", "on_wrong_key": "a wrong key", "on_nobody": "nobody there",
    "on_no_answer": "no answer", "on_refused": "a refusal", "on_told": "the number told", "open": "open",
    "closed": "closed", "holiday": "a national holiday", "to": "the way back", "then": "the way back used up",
    "otherwise": "anything else",
}  # fmt: skip
"""What leads to a target, as the subject of "leads to"."""

_NAMED = {"keys": "key", "exceptions": "exception", "answers": "answer", "exits": "exit"}

_PLAYS = {
    "prompts": "plays", "no_key": "after silence plays", "wrong_key": "after a wrong key plays",
    "wrong": "after what does not fit plays", "same": "offers the caller's own number with",
    "confirm": "asks for confirmation with", "thanks": "thanks with", "reviewing": "asks what to do with the message "
    "with", "refused": "refuses with", "intro": "tells the number with", "again": "offers it again with",
}  # fmt: skip

_UNIT = {"s": "seconds"}


def node_changes(old: Node, new: Node, names: Mapping[str, str]) -> Iterator[str]:
    """Each difference as the end of a sentence that begins with the node. `names`: nodes that were renamed."""
    if old.kind != new.kind:
        yield f"is a {new.kind} instead of a {old.kind}"
        return

    def now(target: str) -> str:
        return names.get(target, target)

    yield from _ways(old, new, now)
    yield from _named(old, new, now)
    if isinstance(old, Caller) and isinstance(new, Caller):
        yield from _cases(old, new, now)
    yield from _prompts(old, new)
    yield from _values(old, new)


def _ways(old: Node, new: Node, now: Name) -> Iterator[str]:
    for way in WAYS:
        before, after = getattr(old, way, None), getattr(new, way, None)
        if isinstance(before, str | None) and isinstance(after, str | None):
            yield from _leads(_WAY[way], before, after, now)


def _named(old: Node, new: Node, now: Name) -> Iterator[str]:
    for field in NAMED.get(new.kind, ()):
        before, after = getattr(old, field), getattr(new, field)
        for key in dict.fromkeys((*after, *before)):
            yield from _leads(f"{_NAMED[field]} {key}", before.get(key), after.get(key), now)


def _leads(subject: str, before: str | None, after: str | None, now: Name) -> Iterator[str]:
    if before is None and after is not None:
        yield f"{subject} leads to {after} now"
    elif after is None and before is not None:
        nothing = "does nothing" if subject.startswith("key ") else "has no way of its own"
        yield f"{subject} {nothing} any more (it led to {before})"
    elif before is not None and after is not None and now(before) != after:
        yield f"{subject} now leads to {after} instead of {before}"


def _cases(old: Caller, new: Caller, now: Name) -> Iterator[str]:
    before = {_condition(case): case.next for case in old.cases}
    after = {_condition(case): case.next for case in new.cases}
    for condition in dict.fromkeys((*after, *before)):
        yield from _leads(f"a caller {condition}", before.get(condition), after.get(condition), now)
    if [one for one in before if one in after] != [one for one in after if one in before]:
        yield f"looks in another order: {'; '.join(after)}"


def _condition(case: CallerIs) -> str:
    if case.anonymous:
        return "without a number"
    if case.list:
        return f"on list {case.list}"
    if case.repeat_hours:
        return f"who called within {case.repeat_hours} hours"
    if case.ranges:
        return f"from {', '.join(case.ranges)}…"
    return f"from {', '.join(case.countries)}"


def _prompts(old: Node, new: Node) -> Iterator[str]:
    for field in PROMPT_FIELDS:
        before, after = getattr(old, field, ()), getattr(new, field, ())
        if before != after:
            yield f"{_PLAYS[field]} {_list(after)} instead of {_list(before)}"


def _values(old: Node, new: Node) -> Iterator[str]:
    """What is neither a way nor a prompt: limits, numbers, teams, words."""
    told = {*PROMPT_FIELDS, "kind", "cases", *(() if isinstance(new, ChooseLanguage) else NAMED.get(new.kind, ()))}
    for field in type(new).model_fields:
        before, after = getattr(old, field), getattr(new, field)
        is_way = field in WAYS and not isinstance(after, tuple)
        if field in told or is_way or before == after:
            continue
        if isinstance(after, dict):
            yield from _pairs(field, before, after)
        elif isinstance(after, tuple):
            yield from _members(field, before, after)
        else:
            yield f"{_label(field)}: {_value(after)} instead of {_value(before)}"


def _pairs(field: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    what = _NAMED.get(field, "number" if field == "numbers" else _label(field))
    for key in dict.fromkeys((*after, *before)):
        if key not in before:
            yield f"{what} {key} chooses {after[key]} now"
        elif key not in after:
            yield f"{what} {key} chooses nothing any more (it chose {before[key]})"
        elif before[key] != after[key]:
            yield f"{what} {key} chooses {after[key]} instead of {before[key]}"


def _members(field: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[str]:
    came, gone = [one for one in after if one not in before], [one for one in before if one not in after]
    if came:
        yield f"{_label(field)}: {_list(came)} is new"
    if gone:
        yield f"{_label(field)}: {_list(gone)} is gone"
    if not came and not gone:
        yield f"{_label(field)}: {_list(after)}, in this order now"


def _label(field: str) -> str:
    words = field.split("_")
    return " ".join([*words[:-1], f"({_UNIT[words[-1]]})"] if words[-1] in _UNIT else words)


def _value(value: object) -> str:
    if value is None:
        return "the usual"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _list(values: Any) -> str:
    return ", ".join(str(one) for one in values) or "nothing"
