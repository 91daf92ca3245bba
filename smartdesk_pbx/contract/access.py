"""Who may do what (R5, R17, R23, R24): roles and the operations open to each. Pure.

A role that is bound sees only what is its own: a subscriber their contracts, an agent their own state and the
cases they took.
"""

from fnmatch import fnmatchcase
from typing import Literal, get_args

Role = Literal["subscriber", "agent", "supervisor", "operations", "accountant", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)

Bound = Literal["subscriber", "agent"]

_DOORS = frozenset({"outbox.show"})
"""What shows more than it tells: the letter about a new account holds the code that sets its first password."""

_OPEN: dict[Role, tuple[str, ...]] = {
    "operations": ("*",),
    # An auditor reads everything but what opens a door, and changes nothing.
    "auditor": (),
    "accountant": (
        "billing.*", "invoice.*", "payment.*", "receivable.*", "books.*", "collection.*", "operator.show",
        "contract.list", "contract.show", "contract.explain", "contract.history", "contract.statement",
        "plan.list", "plan.show", "plan.prices", "plan.price-show", "subscriber.list", "subscriber.show",
    ),
    "supervisor": (
        "agent.list", "agent.show", "agent.ready", "agent.pause", "agent.offline",
        "call.list", "call.show", "case.list", "case.show", "case.mark", "case.respond",
        "flow.at", "flow.close", "flow.closures", "flow.history", "flow.list", "flow.reopen", "flow.timeline",
    ),
    "agent": (
        "agent.show", "agent.ready", "agent.pause", "agent.offline",
        "case.show", "case.mark", "case.respond", "case.transfer", "case.told",
    ),
    "subscriber": (
        "invoice.list", "invoice.view", "change.request", "change.list", "contract.show", "contract.when",
        "notice.list", "caller.add", "caller.import", "caller.list", "caller.remove",
    ),
}  # fmt: skip


def allowed(role: Role, operation: str, *, reads: bool) -> bool:
    """R23, R24: may this role do the operation `noun.verb`? `reads`: it changes nothing. Whether on this very
    thing: `bound_by` says more."""
    if role == "auditor":
        return reads and operation not in _DOORS
    return any(fnmatchcase(operation, pattern) for pattern in _OPEN[role])


def bound_by(role: Role) -> Bound | None:
    """By what a role is bound: it may name only what is its own. None for roles of the whole house."""
    if role == "subscriber":
        return "subscriber"
    return "agent" if role == "agent" else None
