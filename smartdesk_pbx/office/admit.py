"""Who is let in to which operation, on which thing (R5, R23, R24), and the trace it leaves (R23, R25)."""

from sqlalchemy import Connection

from smartdesk_pbx.contract.access import allowed, bound_by
from smartdesk_pbx.errors import NotAllowed, RuleBroken
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.actor import Actor
from smartdesk_pbx.office.case import read_id
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import case, invoice, subscriber
from smartdesk_pbx.store.trail import Did, Trace, leave

_OPEN_FIELDS = (
    "account", "agent", "application", "at", "call", "case", "contract", "flow", "invoice", "list", "mark", "month",
    "node", "notice", "number", "numbers", "plan", "role", "state", "subscriber", "team", "until", "version",
)  # fmt: skip
"""Parameters whose values may stand in the trail: names of things. Of all others only the name is kept."""
_NO_NAMES = frozenset(
    {("collection.mandate", "account"), ("keep.disclose", "number"), ("application.identify", "number")}
)
"""Parameters that are called as one of those, and hold something else: the number of a bank account, of a caller, of
a document of identity."""


async def admit(office: Office, operation: str, params: object, actor: Actor, *, reads: bool) -> None:
    """Raises `NotAllowed`, after leaving a trace, where the role does not reach or the thing is somebody else's."""
    if allowed(actor.role, operation, reads=reads) and (
        bound_by(actor.role) is None or await office.store.read(lambda c: _is_own(c, params, actor))
    ):
        return
    await office.store.run(lambda c: leave_trace(office, c, "refused", operation, params, actor))
    raise NotAllowed(f"{operation}: not open to {actor.who} ({actor.role})")


def leave_trace(office: Office, connection: Connection, did: Did, operation: str, params: object, actor: Actor) -> None:
    """One line of the trail, in the running transaction."""
    given = {name: value for name, value in vars(params).items() if value is not None}
    open_fields = [name for name in _OPEN_FIELDS if name in given and (operation, name) not in _NO_NAMES]
    about = {name: _named(given.pop(name)) for name in open_fields}
    why = actor.why or str(given.get("reason", ""))
    now = office.store.now(connection)
    leave(
        connection,
        Trace(
            office.ids.new(), now, actor.who, actor.role, actor.account_id, did, operation, about, sorted(given), why
        ),
    )


def _named(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _is_own(connection: Connection, params: object, actor: Actor) -> bool:
    """Does everything that the parameters name belong to the actor? Naming nothing is not enough."""
    named = {name: value for name in _OWNERS if (value := getattr(params, name, None)) is not None}
    try:
        return bool(named) and all(_OWNERS[name](connection, str(value), actor) for name, value in named.items())
    except RuleBroken:
        return False


def _own_agent(_: Connection, name: str, actor: Actor) -> bool:
    return name == actor.agent


def _own_case(connection: Connection, name: str, actor: Actor) -> bool:
    file = case.file_of(connection, read_id(name))
    if file is None:
        return False
    return file.agent == actor.agent if actor.role == "agent" else file.subscriber_id == actor.subscriber_id


def _own_contract(connection: Connection, name: str, actor: Actor) -> bool:
    return contract.find(connection, name).subscriber_id == actor.subscriber_id


def _own_subscriber(connection: Connection, name: str, actor: Actor) -> bool:
    return subscriber.get(connection, name).id == actor.subscriber_id


def _own_invoice(connection: Connection, number: str, actor: Actor) -> bool:
    return invoice.get(connection, int(number)).document.subscriber_id == actor.subscriber_id


_OWNERS = {
    "agent": _own_agent, "case": _own_case, "contract": _own_contract, "invoice": _own_invoice,
    "subscriber": _own_subscriber,
}  # fmt: skip
