"""R9: the checklist of a contract that is being set up, and its going live."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.contract import letters
from smartdesk_pbx.contract.agreement_events import AgreementEvent, Doc
from smartdesk_pbx.contract.month import midnight, tokyo_date
from smartdesk_pbx.contract.onboarding import Item, Seen, checklist, go_live, may_tick, ticks
from smartdesk_pbx.contract.requests import refuse_ended
from smartdesk_pbx.contract.settings import explain_all
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.office.agreement import Reason, Who
from smartdesk_pbx.office.contract import Which, find
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import agreement, detail, flow, number, subscriber, test_call, told
from smartdesk_pbx.store import contract as contracts
from smartdesk_pbx.store.agreement import Agreed
from smartdesk_pbx.store.subscriber import Subscriber

HOURS = "answering_hours"


class Tick(Which):
    """`reason`: what was seen or agreed ("none is wanted"). `undo` takes the tick away."""

    item: str
    by: Who = "operations"
    reason: Reason | None = None
    undo: bool = False


class Live(Which):
    """`override`: why operations let it go live although items are open."""

    by: Who = "operations"
    override: Reason | None = None


@dataclass(frozen=True)
class Checklist:
    """The items in order, and whether all are ready. `live_on`: since when it is live, None for not yet."""

    contract: str
    ready: bool
    live_on: date | None
    items: tuple[Item, ...]


async def show(office: Office, params: Which) -> Checklist:
    """The checklist as it stands."""
    return await office.store.read(lambda c: _checklist(office, c, find(c, params.contract).id))


async def tick(office: Office, params: Tick) -> Checklist:
    """An item that a person answers for."""

    def store(connection: Connection) -> Checklist:
        one, at = agreement.agreed(connection, find(connection, params.contract).id), office.store.now(connection)
        refuse_ended(one.life, tokyo_date(at), one.settings)
        item = may_tick(params.item, one.settings.onboarding_items)
        agreement.append(
            connection, one.contract.id, "item_unticked" if params.undo else "item_ticked", at=at,
            effective_on=tokyo_date(at), by=params.by, reason=params.reason, doc=Doc(item=item),
        )  # fmt: skip
        return _checklist(office, connection, one.contract.id)

    return await office.store.run(store)


async def live(office: Office, params: Live) -> Checklist:
    """R9: the contract goes live: its calls are answered from now on. Not before the checklist passes, unless
    operations say so."""

    def store(connection: Connection) -> Checklist:
        one, at = agreement.agreed(connection, find(connection, params.contract).id), office.store.now(connection)
        today = tokyo_date(at)
        refuse_ended(one.life, today, one.settings)
        if today < one.life.started_on and not params.override:
            raise RuleBroken(f"the contract starts on {one.life.started_on}; before that only with --override REASON")
        go_live(one.life, _checklist(office, connection, one.contract.id).items, params.override)
        agreement.append(
            connection, one.contract.id, "went_live", at=at, effective_on=today, by=params.by, reason=params.override
        )
        told.tell(connection, office.sealer, one.contract, "live", at, lambda n: letters.live(n, today))
        return _checklist(office, connection, one.contract.id)

    return await office.store.run(store)


def _checklist(office: Office, connection: Connection, contract_id: UUID) -> Checklist:
    one, events = agreement.agreed(connection, contract_id), agreement.history(connection, contract_id)
    items = checklist(one.settings.onboarding_items, _seen(office, connection, one, events), ticks(events))
    return Checklist(str(contract_id), all(item.ready for item in items), one.life.live_on, items)


def _seen(office: Office, connection: Connection, one: Agreed, events: list[AgreementEvent]) -> Seen:
    who = subscriber.by_id(connection, one.contract.subscriber_id)
    assert who is not None
    numbers = number.listing(connection, contract_id=one.contract.id, at=office.store.now(connection))
    trees = [flow.get(connection, n.flow, n.flow_version).tree for n in numbers if n.flow]
    callers = [office.sealer.caller_key(caller) for caller in one.settings.test_callers]
    formed_at = next((e.at for e in events if e.kind == "formed"), midnight(one.life.started_on))
    return Seen(
        numbers=tuple(n.number for n in numbers),
        without_flow=tuple(n.number for n in numbers if n.flow is None),
        missing_prompts=_missing(office, trees),
        announced_prompt=_spoken(office, who),
        emergency_on_file=who.emergency_sealed is not None,
        targets=len(detail.current(connection, office.sealer, who.id, "notification_targets")),
        own_hours=_own_hours(connection, one),
        test_callers=len(callers),
        test_call_at=test_call.answered_at(connection, one.contract.id, callers, formed_at),
    )


def _missing(office: Office, trees: list[Tree]) -> tuple[str, ...]:
    found = {p for tree in trees for language in tree.languages
             for p in office.catalogue.missing(language, tree.prompts())}  # fmt: skip
    return tuple(sorted(found))


def _spoken(office: Office, who: Subscriber) -> bool:
    prompt = who.announced_prompt
    return prompt is not None and not office.catalogue.missing(who.language, [prompt])


def _own_hours(connection: Connection, one: Agreed) -> bool:
    layers = explain_all(contracts.plan(connection, one.contract.plan).settings, one.contract.settings)
    return any(layer.name == HOURS and layer.source != "built-in" for layer in layers)
