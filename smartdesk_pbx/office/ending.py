"""What we do to a contract (R8.4, R8.5, R10, R19, R27): suspended, resumed, terminated, ended by agreement."""

from datetime import date, datetime

from sqlalchemy import Connection

from smartdesk_pbx.contract import letters, requests
from smartdesk_pbx.contract.agreement_events import Doc
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.reasons import SUSPENSION, TERMINATION, known, known_act
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.agreement import Reason, Requested, Who
from smartdesk_pbx.office.contract import Which, find
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import agreement, detail, party, receivables, subscriber, told
from smartdesk_pbx.store.agreement import Agreed


class Decided(Which):
    """A decision of operations, with its reason; kept inside."""

    by: Who = "operations"
    reason: Reason


class Coded(Decided):
    """`code`: 19.1-1 … 19.1-12, 27.4, to suspend also 8.4. `act`: 20-1 … 20-11, behind a breach (19.1-1)."""

    code: str
    act: str | None = None


class Consent(Decided):
    """R10: `document` says where the written consent lies; `reason`: for whose business it was given."""

    document: Reason
    withdrawn: bool = False


async def suspend(office: Office, params: Coded) -> Requested:
    """R8.4, R8.5, R19: suspended from now on; fees go on. What it stops is the setting `suspension_covers`."""
    code = known(params.code, SUSPENSION, "code")
    act = known_act(params.act, code)

    def store(connection: Connection) -> Requested:
        one, at = _agreed(connection, params), office.store.now(connection)
        today = tokyo_date(at)
        requests.suspension(one.life, one.settings, today)
        agreement.append(
            connection, one.contract.id, "suspended", at=at, effective_on=today, by=params.by, reason_code=code,
            reason=params.reason, doc=Doc(act=act),
        )  # fmt: skip
        queued = told.tell(
            connection, office.sealer, one.contract, "suspend", at, lambda n: letters.suspended(n, today)
        )
        return _answer(one, today, queued)

    return await office.store.run(store)


async def resume(office: Office, params: Decided) -> Requested:
    """Calls are answered again."""

    def store(connection: Connection) -> Requested:
        one, at = _agreed(connection, params), office.store.now(connection)
        today = tokyo_date(at)
        requests.resumption(one.life, one.settings, today)
        agreement.append(
            connection, one.contract.id, "resumed", at=at, effective_on=today, by=params.by, reason=params.reason
        )
        queued = told.tell(connection, office.sealer, one.contract, "resume", at, lambda n: letters.resumed(n, today))
        return _answer(one, today, queued)

    return await office.store.run(store)


async def terminate(office: Office, params: Coded) -> Requested:
    """R19, R27: ended by us, at once. All debts fall due today, nothing paid is given back, and the subscriber stands
    on the list of revoked parties from now on (R4.2 ③). No early-termination fee: that is for a cancellation."""
    code = known(params.code, TERMINATION, "code")
    act = known_act(params.act, code)

    def store(connection: Connection) -> Requested:
        one, at = _agreed(connection, params), office.store.now(connection)
        today = tokyo_date(at)
        requests.refuse_ended(one.life, today, one.settings)
        agreement.append(
            connection, one.contract.id, "terminated", at=at, effective_on=today, by=params.by, reason_code=code,
            reason=params.reason, doc=Doc(act=act),
        )  # fmt: skip
        receivables.accelerate(connection, one.contract.id, today)
        _list_revoked(office, connection, one, params, code, at)
        queued = told.tell(
            connection, office.sealer, one.contract, "terminate", at, lambda n: letters.terminated(n, today)
        )
        return _answer(one, today, queued)

    return await office.store.run(store)


async def end(office: Office, params: Decided) -> Requested:
    """Ended today by agreement of both sides, without fee; it cannot be opened again."""

    def store(connection: Connection) -> Requested:
        one, at = _agreed(connection, params), office.store.now(connection)
        today = tokyo_date(at)
        requests.refuse_ended(one.life, today, one.settings)
        agreement.append(
            connection, one.contract.id, "ended", at=at, effective_on=today, by=params.by, reason=params.reason,
            doc=Doc(cause="agreement"),
        )  # fmt: skip
        queued = told.tell(connection, office.sealer, one.contract, "end", at, lambda n: letters.ended(n, today))
        return _answer(one, today, queued)

    return await office.store.run(store)


async def consent(office: Office, params: Consent) -> Requested:
    """R10: our written consent to use for third parties, given beforehand; or withdrawn."""

    def store(connection: Connection) -> Requested:
        one, at = _agreed(connection, params), office.store.now(connection)
        today = tokyo_date(at)
        requests.refuse_ended(one.life, today, one.settings)
        if params.withdrawn and one.life.third_party_on is None:
            raise RuleBroken("no consent to third-party use is in force for this contract")
        agreement.append(
            connection, one.contract.id, "third_party_withdrawn" if params.withdrawn else "third_party_consent",
            at=at, effective_on=today, by=params.by, reason=params.reason, doc=Doc(document=params.document),
        )  # fmt: skip
        return _answer(one, today, 0)

    return await office.store.run(store)


def _list_revoked(office: Office, connection: Connection, one: Agreed, params: Coded, code: str, at: datetime) -> None:
    who = subscriber.by_id(connection, one.contract.subscriber_id)
    assert who is not None
    phone = next(iter(detail.current(connection, office.sealer, who.id, "phone")), None)
    address = next(iter(detail.current(connection, office.sealer, who.id, "address")), None)
    party.add(
        connection, office.sealer, party.Who(who.name, phone, address), id=office.ids.new(), at=at, by=params.by,
        reason_code=code, reason=params.reason, contract_id=one.contract.id,
    )  # fmt: skip


def _agreed(connection: Connection, params: Which) -> Agreed:
    return agreement.agreed(connection, find(connection, params.contract).id)


def _answer(one: Agreed, on: date, queued: int) -> Requested:
    return Requested(str(one.contract.id), on, None, None, queued)
