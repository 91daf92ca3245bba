"""What the proofs of these tests take for granted, and flows written in a few lines."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.prove import Premises, Proof, Property, prove
from smartdesk_pbx.flow.tree import Tree

SINCE = datetime(2026, 10, 1, tzinfo=UTC)
OFFICE = "calendars: {office: {weekly: [mon-fri 09:00-18:00]}}"
END = "\n  bye: {kind: hangup}"


def two_seconds(language: str, prompt: str) -> float:
    return 2.0


def premises(settings: Mapping[str, Any] | None = None, **more: Any) -> Premises:
    given = {"rules": standard_plan().rules, "since": SINCE, "seconds": two_seconds}
    return Premises(ServiceSettings.model_validate(settings or {}), **{**given, **more})


def flow(nodes: str, *head: str, start: str = "begin", languages: str = "[ja]") -> Tree:
    """A flow from the text of its nodes; `bye` is there already."""
    top = "\n".join(("flow: test", f"languages: {languages}", f"start: {start}", *head))
    return load(f"{top}\nnodes:\n  {nodes.strip()}{END}\n")


def proof(nodes: str, *head: str, settings: Mapping[str, Any] | None = None, **more: Any) -> Proof:
    return prove(flow(nodes, *head), premises(settings, **more))


def named(found: Proof, name: str) -> Property:
    return next(one for one in found.properties if one.name == name)


def broken(found: Proof) -> list[str]:
    """The names of the properties that do not hold."""
    return [one.name for one in found.properties if one.holds is not True]


def lines(one: Property) -> list[str]:
    assert one.counter_example is not None, one.says
    return list(one.counter_example.lines)
