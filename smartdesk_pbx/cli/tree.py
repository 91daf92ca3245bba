"""A case as a tree that one reads from top to bottom: what happened, how it was judged, what it costs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from smartdesk_pbx.cli import show
from smartdesk_pbx.clock import TOKYO


def explained(answer: Mapping[str, Any]) -> None:
    """Print what `case.explain` answered."""
    from rich.tree import Tree

    whose = f"{answer['subscriber'] or 'nobody'}, plan {answer['plan'] or '-'}"
    root = Tree(f"case {answer['case_id']}, {tokyo(answer['arrived_at'])}, {answer['number']}, {whose}")
    happened = root.add("what happened")
    for step in answer["happened"]:
        happened.add(f"{tokyo(step['at'], seconds=True)}  {step['what']}")
    if answer["erased"]:
        happened.add("personal parts have been erased (Articles 23, 25)")
    saw = root.add("what the rules saw")
    for name, value in answer["facts"].items():
        saw.add(f"{name}: {show.text(value)}")
    _judgements(root, answer)
    _amount(root, answer)
    for name in ("remarks", "recordings"):
        if answer[name]:
            part = root.add(name)
            for one in answer[name]:
                part.add(one if isinstance(one, str) else f"{one['kind']} {one['file']}, {one['seconds']:g} s")
    show.printed(root)


def _judgements(root: Any, answer: Mapping[str, Any]) -> None:
    entries = answer["entries"]
    if not entries:
        root.add("not judged yet: that happens when the case is closed")
        return
    if answer["passed_over"]:
        passed = root.add("rules that did not fit")
        for rule in answer["passed_over"]:
            passed.add(f"{rule['rule']}: {rule['because']} does not fit")
    for i, entry in enumerate(entries):
        whose = f"correction by {entry['by']}" if entry["by"] else "judgement"
        force = "" if i == len(entries) - 1 else " (no longer in force)"
        part = root.add(f"{whose}, {tokyo(entry['at'])}: {entry['rule']}{force}")
        part.add(f"{entry['text']} (rules {entry['version']}, Article {entry['article']})")
        if entry["reason"]:
            part.add(f"reason: {entry['reason']}")
        charge = units(entry["units"]) if entry["billable"] else "not billable"
        extra = f", surcharges: {', '.join(entry['surcharges'])}" if entry["surcharges"] else ""
        part.add(f"class {entry['case_class']}, {charge}{extra}")


def _amount(root: Any, answer: Mapping[str, Any]) -> None:
    amount = answer["amount"]
    if amount is None:
        root.add(f"no amount: {answer['no_amount']}")
        return
    state = "preview: the month is not closed" if amount["preview"] else "charged"
    part = root.add(f"{amount['yen']:,} yen before tax in {amount['month']} ({state})")
    for line in amount["lines"]:
        where = f"invoice {line['number']}, line {line['line']}" if line["number"] else f"line {line['line']}"
        weight = f"{units(line['units'])}, " if line["units"] else ""
        part.add(f"{where} {line['text']}: {weight}{line['yen']:,} yen")


def evidence(answer: Mapping[str, Any]) -> None:
    """Print what `case.evidence` answered."""
    from rich.tree import Tree

    root = Tree(f"case {answer['case_id']}, caller {answer['caller'] or 'withheld or erased'}")
    within = f"within {answer['window_days']} days"
    if not answer["releases"]:
        count = f"{len(answer['counted'])} counted, {answer['missing']} missing"
        limit = f"threshold {answer['threshold']} {within}"
        _requests(root.add(f"not released in this call: {count}; {limit}"), answer["counted"])
    for release in answer["releases"]:
        told = {0: "not told", 1: "told once"}.get(release["told_times"], f"told {release['told_times']} times")
        limit = f"threshold {release['threshold']} {within}"
        version = f"released (version {release['number_version']})"
        _requests(root.add(f"{tokyo(release['at'], seconds=True)} {version}, {told}; {limit}"), release["requests"])
    show.printed(root)


def _requests(part: Any, requests: Sequence[Mapping[str, Any]]) -> None:
    for one in requests:
        asked = f"{tokyo(one['at'], seconds=True)} asked ({one['by']})"
        line = part.add(f"{asked} at {one['number']}, case {one['case_id']}")
        for kept in one["recordings"]:
            line.add(f"{kept['kind']} {kept['file']}, sha256 {kept['sha256'] or '-'}")


def in_tokyo(rows: Sequence[Mapping[str, Any]], *columns: str) -> list[Mapping[str, Any]]:
    """The rows with these times as people in Tokyo read them; for programs as they came."""
    if show.for_programs():
        return list(rows)
    return [{**row, **{name: tokyo(row[name]) for name in columns if row[name]}} for row in rows]


def units(count: int) -> str:
    """1 unit, 2 units."""
    return "1 unit" if count == 1 else f"{count} units"


def tokyo(at: str, *, seconds: bool = False) -> str:
    """A time of an answer as read in Tokyo."""
    return datetime.fromisoformat(at).astimezone(TOKYO).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
