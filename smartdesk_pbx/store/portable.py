"""R26: which rows go into an archive. Every table has its place here, or is derived: by its column `subscriber_id`,
`chain`, `contract_id` or `call_id`, or by its foreign key to a table whose rows go."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, exists, select, union

from smartdesk_pbx.store.tables import case_file, contract, flow, metadata, number_assignment, plan
from smartdesk_pbx.store.tables.cases import plan_rules
from smartdesk_pbx.store.tables.flows import closure, flow_turn
from smartdesk_pbx.store.tables.keeping import erasure
from smartdesk_pbx.store.tables.lifecycle import application
from smartdesk_pbx.store.tables.money import closed_month, price_table
from smartdesk_pbx.store.tables.numbers import notice, notice_told, pool_number
from smartdesk_pbx.store.tables.receivables import (
    book_entry,
    book_posting,
    collection_batch,
    collection_item,
    payment,
    payment_file,
)

Condition = Callable[[UUID], ColumnElement[bool]]
"""Which rows of a table belong to a subscriber."""

NEVER: Mapping[str, str] = {
    "installation": "the archive's manifest names the operator's chain",
    "node_reach": "how far this installation has read its nodes' journals",
    "password_reset": "tokens that end within a day",
    "routing_version": "counts this installation's changes",
    "session": "sign-ins at this installation",
}
"""Tables that belong to an installation, and why they stay."""

HOUSE: Mapping[str, str] = {
    "account": "people of the house, and subscribers' sign-ins with their password hashes",
    "agent": "people of the house",
    "audit": "who did and looked at what, about everybody",
    "breach": "may tell of several subscribers",
    "breach_step": "may tell of several subscribers",
    "legal_hold": "may tell of several subscribers",
    "reconciliation": "days of the whole house",
}
"""Tables that go along when the whole business is handed over, never with a single subscriber; and why."""

SHARED = ("operator_details", "signing_key", "terms_version")
"""Tables whose rows belong to everybody alike."""


def rows_of(table: Table, subscriber_id: UUID | None) -> Select[tuple[object, ...]] | None:
    """The rows of a table that go into the archive of a subscriber, or of the whole business (None), in order of their
    primary key; None when the table stays."""
    query = select(table).order_by(*table.primary_key.columns)
    if table.name in NEVER or (subscriber_id is not None and table.name in HOUSE):
        return None
    if subscriber_id is None or table.name in SHARED:
        return query
    return query.where(_condition(table, subscriber_id))


def strangers(names: Iterable[str], whole: bool) -> list[str]:
    """Of the tables that an archive says it holds, those that no archive of its kind holds. They would bring in
    sign-ins and accounts of somebody else's making."""
    stay = {*NEVER} if whole else {*NEVER, *HOUSE}
    return sorted(name for name in names if name in stay or name not in metadata.tables)


def places() -> dict[str, str]:
    """Each table by name, and why it goes or stays. Raises KeyError for a table that nobody gave a place."""
    return {table.name: _place(table) for table in metadata.sorted_tables}


def _place(table: Table) -> str:
    if table.name in NEVER:
        return f"stays: {NEVER[table.name]}"
    if table.name in HOUSE:
        return f"with the whole business only: {HOUSE[table.name]}"
    if table.name not in SHARED:
        _condition(table, UUID(int=0))
    return "goes"


def _condition(table: Table, who: UUID) -> ColumnElement[bool]:
    if table.name in _EXPLICIT:
        return _EXPLICIT[table.name](who)
    columns = table.c
    if "subscriber_id" in columns:
        return columns.subscriber_id == who
    if "chain" in columns:
        return columns.chain == who
    if "contract_id" in columns:
        return columns.contract_id.in_(_contracts(who))
    if "call_id" in columns:
        return columns.call_id.in_(_cases(who))
    for key in sorted(table.foreign_keys, key=lambda key: key.target_fullname):
        if key.column.table.name not in SHARED:
            return key.parent.in_(select(key.column).where(_condition(key.column.table, who)))
    raise KeyError(f"table {table.name}: say in store/portable.py whether its rows go into an archive")


def _contracts(who: UUID) -> Select[UUID]:
    return select(contract.c.id).where(contract.c.subscriber_id == who)


def _cases(who: UUID) -> Select[UUID]:
    return select(case_file.c.call_id).where(case_file.c.chain == who)


def _plans(who: UUID) -> ColumnElement[bool]:
    own = _contracts(who)
    used = union(
        select(contract.c.plan).where(contract.c.subscriber_id == who),
        select(application.c.plan).where(application.c.contract_id.in_(own)),
        select(closed_month.c.plan).where(closed_month.c.contract_id.in_(own)),
        select(case_file.c.plan).where(case_file.c.chain == who),
    ).subquery()
    return plan.c.id.in_(select(used))


def _flows(who: UUID) -> ColumnElement[bool]:
    used = exists().where(
        and_(case_file.c.chain == who, case_file.c.flow == flow.c.name, case_file.c.flow_version == flow.c.version)
    )
    had = select(flow_turn.c.flow_version_id).where(flow_turn.c.assignment_id.in_(_assignments(who)))
    return flow.c.id.in_(had) | used


def _assignments(who: UUID) -> Select[UUID]:
    return select(number_assignment.c.id).where(number_assignment.c.contract_id.in_(_contracts(who)))


def _entries(who: UUID) -> Select[str]:
    return select(book_posting.c.entry).where(book_posting.c.contract_id.in_(_contracts(who)))


def _payments(who: UUID) -> Select[UUID]:
    return select(book_posting.c.payment_id).where(
        book_posting.c.entry.in_(_entries(who)), book_posting.c.payment_id.is_not(None)
    )


def _plan_of(table: Table) -> Condition:
    return lambda who: table.c.plan.in_(select(plan.c.id).where(_plans(who)))


_EXPLICIT: Mapping[str, Condition] = {
    "subscriber": lambda who: metadata.tables["subscriber"].c.id == who,
    "case_file": lambda who: case_file.c.chain == who,
    "plan": _plans,
    "plan_rules": _plan_of(plan_rules),
    "price_table": _plan_of(price_table),
    "flow": _flows,
    "flow_turn": lambda who: flow_turn.c.assignment_id.in_(_assignments(who)),
    "closure": lambda who: closure.c.assignment_id.in_(_assignments(who)),
    "pool_number": lambda who: pool_number.c.number.in_(
        select(number_assignment.c.number).where(number_assignment.c.contract_id.in_(_contracts(who)))
    ),
    "notice": lambda who: notice.c.id.in_(select(notice_told.c.notice_id).where(notice_told.c.subscriber_id == who)),
    "erasure": lambda who: (erasure.c.subject == who) | erasure.c.subject.in_(_cases(who)),
    "book_entry": lambda who: book_entry.c.key.in_(_entries(who)),
    "book_posting": lambda who: book_posting.c.entry.in_(_entries(who)),
    "payment": lambda who: payment.c.id.in_(_payments(who)),
    "payment_file": lambda who: payment_file.c.sha256.in_(
        select(payment.c.file).where(payment.c.id.in_(_payments(who)))
    ),
    "collection_batch": lambda who: collection_batch.c.id.in_(
        select(collection_item.c.batch).where(collection_item.c.contract_id.in_(_contracts(who)))
    ),
}
"""Tables that the columns alone do not place."""
