"""Reminders of what is overdue (R16.2): found, written, queued and recorded in one transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from smartdesk_pbx.billing.dunning import Reminder, by_contract
from smartdesk_pbx.billing.letters import reminder_letter
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import contract as contracts
from smartdesk_pbx.store import detail, operator, outbox, subscriber
from smartdesk_pbx.store import dunning as table
from smartdesk_pbx.store.subscriber import Subscriber


class Run(Params):
    """`dry_run`: say what would be sent."""

    contract: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class Sent:
    """One letter: the documents in it, the strongest step, how many addresses it went to (0: nobody to write to; it
    is not recorded then). `is_last`: R19 suspension or termination is for operations to decide now."""

    subscriber: str
    contract: UUID
    documents: tuple[int, ...]
    step: int
    is_last: bool
    open_yen: int
    interest_yen: int
    letters: int


async def run(office: Office, params: Run) -> list[Sent]:
    """The reminders of today, one letter per contract. What was sent is not sent again."""

    def look(connection: Connection) -> list[Sent]:
        return [_sent(w, f, len(a)) for w, f, a in _letters(office, connection, params.contract)]

    def store(connection: Connection) -> list[Sent]:
        at = office.store.now(connection)
        details = operator.current(connection)
        bank = details.issuer.bank if details else ""
        answer = []
        for who, found, addresses in _letters(office, connection, params.contract):
            _put(office, connection, who, found, addresses, bank)
            if addresses:
                table.record(connection, found, tokyo_date(at), at)
            answer.append(_sent(who, found, len(addresses)))
        return answer

    return await (office.store.read(look) if params.dry_run else office.store.run(store))


def _letters(
    office: Office, connection: Connection, only: str | None
) -> list[tuple[Subscriber, list[Reminder], list[str]]]:
    """Subscriber, reminders and addresses of each contract that is to be reminded."""
    of = contract.find_any(connection, only).id if only else None
    today = tokyo_date(office.store.now(connection))
    letters = []
    for contract_id, found in by_contract(table.due(connection, today, of)).items():
        who = subscriber.by_id(connection, contracts.get(connection, contract_id).subscriber_id)
        assert who is not None
        letters.append((who, found, detail.mail_addresses(connection, office.sealer, who.id)))
    return letters


def _put(
    office: Office, connection: Connection, who: Subscriber, found: list[Reminder], addresses: list[str], bank: str
) -> None:
    at = office.store.now(connection)
    today: date = tokyo_date(at)
    text = reminder_letter(who.name, found, today, bank)
    for address in addresses:
        key = f"dunning:{found[0].contract_id}:{today}:{outbox.address_key(office.sealer, address)}"
        outbox.put(
            connection, office.sealer, key=key, to=address, subject=text.subject, body=text.body, at=at,
            subscriber_id=who.id,
        )  # fmt: skip


def _sent(who: Subscriber, found: list[Reminder], letters: int) -> Sent:
    return Sent(
        subscriber=who.slug, contract=found[0].contract_id, documents=tuple(one.number for one in found),
        step=max(one.step for one in found), is_last=any(one.is_last for one in found),
        open_yen=sum(one.open_yen for one in found), interest_yen=sum(one.interest_yen for one in found),
        letters=letters,
    )  # fmt: skip
