"""A simulated call as people read it, and as a conversation file. Pure."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from smartdesk_pbx.flow.given import Given
from smartdesk_pbx.flow.verbs import CallbackPromised, Fact, RefusalPlayed, Tagged
from smartdesk_pbx.flow.world import Ended, Entry, Heard, Left, Met, Noted, Plays, Pressed, Spoke, Stepped, Told

MET = {
    "human": "talks with a human",
    "nobody": "nobody takes the call",
    "outside": "talks with a telephone of the subscriber",
    "no_answer": "no telephone of the subscriber answers",
    "left": "the other side hangs up",
}


def clock(at_s: float) -> str:
    """Seconds since the arrival as a clock shows them: 1:05."""
    whole = int(at_s)
    return f"{whole // 60}:{whole % 60:02d}"


def lines(log: Iterable[Entry]) -> Iterator[str]:
    """What happened, a line for each thing: time, node, what."""
    node = ""
    for entry in log:
        if isinstance(entry, Stepped) and entry.node != node:
            node = entry.node
            yield f"{clock(entry.at_s):>6}  at {node}"
        if what := told(entry):
            yield f"{clock(entry.at_s):>6}    {what}"


def told(entry: Entry) -> str:
    """One thing that happened, "" for what nobody needs to read."""
    match entry:
        case Stepped() | Plays():
            return ""
        case Heard():
            return f"hears {entry.prompt}" + ("" if entry.whole else " (cut short)")
        case Pressed():
            return f"presses {entry.key}" + (" (nobody listens)" if entry.lost else "")
        case Spoke():
            return f"speaks for {entry.seconds:g} s"
        case Met():
            return MET[entry.whom]
        case Told():
            return "has been told the emergency number"
        case Left():
            return f"a message of {entry.seconds:g} s is kept" + (" (hung up while speaking)" if entry.partial else "")
        case Noted():
            return fact_told(entry.fact)
        case Ended():
            return "hangs up" if entry.by == "caller" else f"the call ends: {entry.reason}"
    assert_never(entry)


def fact_told(fact: Fact) -> str:
    """A fact that the flow noted."""
    match fact:
        case Tagged():
            return f"tagged {', '.join(fact.tags)}"
        case CallbackPromised():
            return f"a call back is promised, on {'the number called from' if fact.own else 'the number typed'}"
        case RefusalPlayed():
            return ""
    assert_never(fact)


# ---- the other way: a call becomes a conversation --------------------------------------------------------------------


def script_of(title: str, flow: str, given: Given, log: Sequence[Entry]) -> str:
    """A conversation file in which just this happens."""
    head = [f"flow: {_text(flow)}", "conversations:", f"  {_text(title)}:"]
    if written := given.as_written():
        head += ["    given:", *(f"      {name}: {_text(value)}" for name, value in written.items())]
    return "\n".join([*head, "    lines:", *(f"      - {line}" for line in _script_lines(log))]) + "\n"


def _seconds(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _script_lines(log: Sequence[Entry]) -> Iterator[str]:
    since_s = 0.0
    keys = ""
    for entry in log:
        late_s = round(entry.at_s - since_s, 6)
        if keys and (late_s > 0 or not isinstance(entry, Pressed | Stepped | Plays | Heard)):
            yield f"presses: {_text(keys)}"
            keys = ""
        match entry:
            case Heard(whole=True):
                if keys:
                    yield f"presses: {_text(keys)}"
                    keys = ""
                yield f"hears: {_text(entry.prompt)}"
            case Pressed():
                if late_s > 0:
                    yield f"waits: {_seconds(late_s)}"
                keys += entry.key
            case Met(whom="left") if late_s >= 0:
                if late_s > 0:
                    yield f"waits: {_seconds(late_s)}"
                yield "they_hang_up"
            case Met():
                yield f"meets: {entry.whom}"
            case Spoke() | Ended(by="caller"):
                if late_s > 0:
                    yield f"waits: {_seconds(late_s)}"
                yield f"speaks: {_seconds(entry.seconds)}" if isinstance(entry, Spoke) else "hangs_up"
            case Told():
                yield "told: emergency number"
            case Left(partial=False):
                yield "leaves: message"
            case Noted(fact=Tagged(tags)):
                yield from (f"tagged: {tag}" for tag in tags)
            case Noted(fact=CallbackPromised()):
                yield "promised: callback"
            case Ended():
                yield f"ends: {entry.reason}"
            case _:
                continue
        since_s = max(since_s, entry.at_s + (entry.seconds if isinstance(entry, Spoke) else 0))
    if keys:
        yield f"presses: {_text(keys)}"
