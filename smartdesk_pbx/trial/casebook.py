"""What the switchboard wrote down about a call: its case, found by the phone's own Call-ID, and shown."""

import asyncio
import shlex
import wave
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from smartdesk_pbx.office.case import Shown
from smartdesk_pbx.trial.caller import Caller
from smartdesk_pbx.trial.sound import Samples, tone_seconds
from smartdesk_pbx.trial.stage import Stage, StoryBroke, within
from smartdesk_pbx.trial.teller import Words

LATEST = 10
"""How many of the latest cases are looked at for a call that has just ended."""
SETTLED_S = 10.0
"""From the end of a call until its case must have its recording and, where nothing else is missing, its judgement."""
LEAST_TONE_S = 0.4
"""This much of a side's tone must be in its own track, and less than this in the other."""

BRIEFLY = {
    "call.arrived": "{decision}, caller: {caller_class}",
    "flow.step": "at {node} after {heard}",
    "escalation.started": "{reason}, team {team}",
    "agent.offered": "{agent}'s phone rings",
    "agent.missed": "{agent}: {reason}",
    "name.announced": "{agent} was told {announced_name}",
    "talk.started": "caller and {agent} hear each other",
    "talk.ended": "by {by} after {talk_s:.1f} s",
    "call.ended": "by {by}, outcome {outcome}",
    "recording.stored": "{seconds:.1f} s",
    "response.taken": "by {by}; name, phone and purpose are sealed",
    "case.closed": "primary response {response}",
    "judgement": "rule {rule}, class {case_class}",
}
"""What the short table says of each event; of others, only that it happened."""


async def case_of(stage: Stage, caller: Caller, what: str, done: Callable[[Shown], bool]) -> Shown:
    """The case of a caller's call, as soon as `done` is true of it. Raises `StoryBroke`: `what` was expected of it."""
    found: Shown | None = None
    try:
        async with asyncio.timeout(SETTLED_S):
            while found is None or not done(found):
                await asyncio.sleep(0.05)
                found = await _read(stage, found.case_id) if found else await _search(stage, caller.call_id)
    except TimeoutError:
        said = f"its events are {', '.join(e['kind'] for e in found.events)}" if found else "no case names that call"
        raise StoryBroke(f"expected: {what} within {SETTLED_S:g} s of the call's end; instead: {said}") from None
    return found


async def _search(stage: Stage, sip_call_id: str) -> Shown | None:
    for row in await stage.ask("case.list", limit=LATEST):
        case = await _read(stage, row["case_id"])
        if any(e.get("sip_call_id") == sip_call_id for e in case.events):
            return case
    return None


async def _read(stage: Stage, case_id: str) -> Shown:
    return msgspec.convert(await stage.ask("case.show", case=case_id), Shown)


def has(kind: str) -> Callable[[Shown], bool]:
    """True of a case with an event of this kind."""
    return lambda case: any(e["kind"] == kind for e in case.events)


def tell_events(stage: Stage, case: Shown) -> None:
    """The short table: seconds since the call arrived, event, what it says."""
    rows = [(_since(case, e), str(e["kind"]), _briefly(e)) for e in case.events]
    stage.teller.table(rows, head=("     s", "event", ""))


def tell_judgement(stage: Stage, case: Shown) -> None:
    """How the case was judged, by which rule, and what that rule says; and where its recording lies."""
    judged = case.judgement
    if judged is None:
        raise StoryBroke(f"expected: a judgement of case {case.case_id}; instead: it is not closed")
    units = f"{judged.units} unit" + ("" if judged.units == 1 else "s")
    verdict = f"billable, {units}" if judged.billable else "not billable"
    rows: list[tuple[str, Words]] = [
        ("case", case.case_id),
        ("judged", (verdict, "bold green" if judged.billable else "bold")),
        ("by rule", f"{judged.rule} of {judged.rules_version}: {judged.rule_text}"),
    ]
    for kept in case.recordings:
        rows.append(("recording", f"{kept.seconds:.1f} s, {kept.bytes // 1000} kB, caller left, agent right"))
        rows.append(("", str(Path(case.recordings_folder) / kept.file)))
    stage.teller.table(rows, bold_first=True)


def _since(case: Shown, event: Mapping[str, Any]) -> str:
    return f"{(datetime.fromisoformat(event['at']) - case.started_at).total_seconds():6.1f}"


def _briefly(event: Mapping[str, Any]) -> str:
    return BRIEFLY.get(event["kind"], "").format_map(event)


def tell_tracks(stage: Stage, case: Shown, caller_hz: float, agent_hz: float) -> None:
    """That each side of the recorded talk is in its own track. Raises `StoryBroke` when it is not."""
    if not case.recordings:
        raise StoryBroke(f"expected: a recording of case {case.case_id}; instead: there is none")
    path = Path(case.recordings_folder) / case.recordings[0].file
    left, right = tracks(path)
    heard = {
        "caller": (tone_seconds(left, caller_hz), tone_seconds(left, agent_hz)),
        "agent": (tone_seconds(right, agent_hz), tone_seconds(right, caller_hz)),
    }
    for who, (own, other) in heard.items():
        if own < LEAST_TONE_S or other >= LEAST_TONE_S:
            raise StoryBroke(
                f"expected: the {who}'s tone, and no other, in the {who}'s track of {path}; "
                f"instead: {own:.1f} s of it and {other:.1f} s of the other side's"
            )
    sides = (("caller", "left", caller_hz), ("agent", "right", agent_hz))
    stage.teller.table(
        [("", f"{hz:g} Hz of the {who} is in the {side} track alone, {heard[who][0]:.1f} s") for who, side, hz in sides]
    )


def tracks(path: Path) -> tuple[Samples, Samples]:
    """Left and right of a 16-bit stereo wav."""
    try:
        with wave.open(str(path), "rb") as file:
            both = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, file.getnchannels())
    except (OSError, EOFError, wave.Error) as error:
        raise StoryBroke(f"expected: a recording at {path}; instead: {error}") from None
    if both.shape[1] != 2:
        raise StoryBroke(f"expected: two tracks in {path}; instead: {both.shape[1]}")
    full = np.float32(32768)
    return both[:, 0].astype(np.float32) / full, both[:, 1].astype(np.float32) / full


async def run_told(stage: Stage, *words: str) -> None:
    """One real command of the CLI: as one types it, and what it said."""
    stage.teller.note(("$ ", "dim"), f"{stage.program} {shlex.join(words)}")
    async with within(f"`{words[0]} {words[1]}` ends", "it still runs", 30):
        stage.teller.note((await stage.run(*words)).strip())
