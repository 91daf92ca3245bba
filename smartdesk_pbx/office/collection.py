"""The collection company (R16.4): mandates, files for it, its results; no result is applied twice."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.billing import collection_csv, zengin_debit
from smartdesk_pbx.billing.kana import half_width
from smartdesk_pbx.billing.zengin_debit import REASONS, BankAccount, Claim, Client, write_debits
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.payment import decoded
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import collection as table
from smartdesk_pbx.store import credit, mandate

Format = Literal["zengin", "csv"]


class Mandate(Params):
    """Whose account may be debited: bank and branch codes, kind 1 ordinary or 2 current, holder in katakana."""

    contract: str
    bank: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    branch: Annotated[str, Field(pattern=r"^[0-9]{3}$")]
    kind: Literal["1", "2"] = "1"
    account: Annotated[str, Field(pattern=r"^[0-9]{1,7}$")]
    holder: Annotated[str, Field(min_length=1, max_length=30)]


class Which(Params):
    contract: str


class Export(Params):
    """`debit_on`: the day of the debit; `dry_run`: say what would be in the file."""

    debit_on: date
    format: Format = "zengin"
    dry_run: bool = False


class Again(Params):
    """The file of a batch once more, with the accounts of today."""

    batch: Annotated[int, Field(ge=1)]
    format: Format = "zengin"


class Import(Params):
    """`content`: the file of results in base64."""

    file: Annotated[str, Field(max_length=300)]
    content: str
    format: Format = "zengin"


class Batch(Params):
    batch: Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class Exported:
    """`batch` and `content` (base64) are None in a dry run; `without_mandate`: documents that cannot be debited."""

    batch: int | None
    debit_on: date
    documents: tuple[int, ...]
    yen: int
    without_mandate: tuple[int, ...]
    file: str | None
    content: str | None


@dataclass(frozen=True)
class Imported:
    file: str
    paid: int
    failed: int
    repeated: int


@dataclass(frozen=True)
class Listed:
    """A batch; `waiting`: amounts without result."""

    batch: int
    debit_on: date
    documents: int
    yen: int
    paid: int
    failed: int
    waiting: int


@dataclass(frozen=True)
class Shown:
    """One amount of a batch."""

    key: str
    number: int
    contract: UUID
    yen: int
    result: str


@dataclass(frozen=True)
class Done:
    contract: UUID


async def set_mandate(office: Office, params: Mandate) -> Done:
    """The account is stored sealed; it is never shown."""
    holder = half_width(params.holder, "holder")
    account = BankAccount(params.bank, params.branch, params.kind, params.account.zfill(7), holder)

    def store(connection: Connection) -> Done:
        one = contract.find_any(connection, params.contract)
        mandate.put(connection, office.sealer, one.id, account, office.store.now(connection))
        return Done(one.id)

    return await office.store.run(store)


async def withdraw(office: Office, params: Which) -> Done:
    """The mandate is gone."""

    def store(connection: Connection) -> Done:
        one = contract.find_any(connection, params.contract)
        mandate.remove(connection, one.id)
        return Done(one.id)

    return await office.store.run(store)


async def export(office: Office, params: Export) -> Exported:
    """A new batch of everything that can be debited on a day, and its file."""
    client = None if params.dry_run or params.format == "csv" else client_of(office)

    def look(connection: Connection) -> Exported:
        chosen, without = table.candidates(connection, params.debit_on)
        documents = tuple(item.number for item in chosen)
        yen = sum(item.open_yen for item in chosen)
        return Exported(None, params.debit_on, documents, yen, tuple(i.number for i in without), None, None)

    def store(connection: Connection) -> Exported:
        chosen, without = table.candidates(connection, params.debit_on)
        batch = table.make(connection, chosen, params.debit_on, office.store.now(connection))
        return _exported(office, connection, batch, params.format, client, tuple(i.number for i in without))

    return await (office.store.read(look) if params.dry_run else office.store.run(store))


async def again(office: Office, params: Again) -> Exported:
    """The file of a batch that was made before."""
    client = None if params.format == "csv" else client_of(office)
    return await office.store.read(lambda c: _exported(office, c, params.batch, params.format, client, ()))


def client_of(office: Office) -> Client:
    """Who we are to the collection company. Raises `RuleBroken` when smartdesk.toml does not say."""
    settings = office.settings
    if not (settings.collection_code and settings.collection_account and settings.collection_name):
        raise RuleBroken(
            "the collection company does not know us: set collection_code, collection_name and collection_account "
            "in smartdesk.toml"
        )
    bank, branch, kind, account = settings.collection_account.split("-")
    return Client(settings.collection_code, BankAccount(bank, branch, kind, account, settings.collection_name))


def _exported(
    office: Office, connection: Connection, id: int, format: Format, client: Client | None, without: tuple[int, ...]
) -> Exported:
    batch, debits, first = table.batch(connection, id), table.debits(connection, id), table.first_of(connection)
    claims = [
        Claim(d.key, mandate.get(connection, office.sealer, d.contract_id), d.yen, first[d.contract_id] == id)
        for d in debits
    ]
    if client is not None:
        content, ending = write_debits(client, batch.debit_on, claims), "txt"
    else:
        content, ending = collection_csv.write_claims(batch.debit_on, claims).encode("cp932"), "csv"
    numbers, yen = tuple(d.number for d in debits), sum(d.yen for d in debits)
    name = f"debit-{id:06}-{batch.debit_on:%Y%m%d}.{ending}"
    return Exported(id, batch.debit_on, numbers, yen, without, name, b64encode(content).decode())


async def take_in(office: Office, params: Import) -> Imported:
    """The company's results: debited documents are paid, the others open again. A result counts once."""
    content = decoded(params.content)
    read = zengin_debit.read_results if params.format == "zengin" else collection_csv.read_results
    found = read(content, params.file)

    def store(connection: Connection) -> Imported:
        at = office.store.now(connection)
        reported = table.take_in(connection, found, params.file, at)
        credit.settle(connection, tokyo_date(at))
        return Imported(params.file, len(reported.paid), len(reported.failed), reported.repeated)

    return await office.store.run(store)


async def listing(office: Office, _: Params) -> list[Listed]:
    """All batches, newest first."""

    def look(connection: Connection) -> list[Listed]:
        of: dict[int, list[table.Debit]] = {}
        for debit in table.debits(connection):
            of.setdefault(debit.batch, []).append(debit)
        return [_listed(batch, of.get(batch.id, [])) for batch in table.listing(connection)]

    return await office.store.read(look)


def _listed(batch: table.Batch, debits: list[table.Debit]) -> Listed:
    waiting = sum(debit.code is None for debit in debits)
    paid = sum(debit.code == zengin_debit.PAID for debit in debits)
    yen = sum(debit.yen for debit in debits)
    return Listed(batch.id, batch.debit_on, len(debits), yen, paid, len(debits) - paid - waiting, waiting)


async def show(office: Office, params: Batch) -> list[Shown]:
    """The amounts of a batch with their results."""

    def look(connection: Connection) -> list[Shown]:
        table.batch(connection, params.batch)
        return [
            Shown(d.key, d.number, d.contract_id, d.yen, REASONS[d.code] if d.code else "waiting")
            for d in table.debits(connection, params.batch)
        ]

    return await office.store.read(look)
