"""Payments (R16.1): the bank's files taken in, matched by rules, and what a person says of the rest."""

from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.billing.bank_csv import PLAIN, format_from_yaml, read_csv
from smartdesk_pbx.billing.payments import Match, Transfer
from smartdesk_pbx.billing.zengin_notice import read_notice
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, Slug
from smartdesk_pbx.store import credit
from smartdesk_pbx.store import payment as table


class Import(Params):
    """`content`: the bank's file in base64. `format`: zengin (振込入金通知), plain (day,yen,payer,reference), or csv
    with `format_text`, the YAML that names the bank's columns. `dry_run`: say what would happen."""

    file: Annotated[str, Field(max_length=300)]
    content: str
    format: Literal["zengin", "plain", "csv"] = "plain"
    format_text: str = ""
    format_file: str = "format.yaml"
    bank_account: Slug = "main"
    dry_run: bool = False


class Listing(Params):
    unmatched: bool = False
    limit: Annotated[int, Field(ge=1, le=100_000)] = 1000


class Which(Params):
    payment: UUID


@dataclass(frozen=True)
class Shown:
    """A payment. `state`: matched, unmatched, or partly; `pays`: what it was set against; `perhaps`: what it might
    pay, with `why` it was not matched."""

    payment: UUID
    day: date
    yen: int
    payer: str
    reference: str
    state: Literal["matched", "unmatched", "partly"]
    left_yen: int
    why: str
    perhaps: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """What became of one new line of a file."""

    payment: UUID
    day: date
    yen: int
    payer: str
    result: str
    documents: tuple[int, ...]


@dataclass(frozen=True)
class Imported:
    file: str
    new: int
    repeated: int
    matched: int
    unmatched: int
    dry_run: bool
    lines: tuple[Line, ...]


class _Only(Exception):
    """Carries the answer of a dry run out of the transaction, which is rolled back."""

    def __init__(self, answer: Imported) -> None:
        super().__init__()
        self.answer = answer


async def take_in(office: Office, params: Import) -> Imported:
    """A bank's file: what is new in it, and whose that is. The same file again changes nothing."""
    content = decoded(params.content)
    transfers, name = _transfers(params, content)
    file = table.File(sha256(content).hexdigest(), params.file, name, params.bank_account)

    def store(connection: Connection) -> Imported:
        at = office.store.now(connection)
        found = table.take_in(connection, file, transfers, office.ids.new, at)
        credit.settle(connection, tokyo_date(at))
        answer = _imported(connection, params, found)
        if params.dry_run:
            raise _Only(answer)
        return answer

    try:
        return await office.store.run(store)
    except _Only as only:
        return only.answer


def decoded(content: str) -> bytes:
    """A file that came as base64. Raises `RuleBroken` when it is none."""
    try:
        return b64decode(content, validate=True)
    except (NoBase64, ValueError):
        raise RuleBroken("content: base64 is needed") from None


def _transfers(params: Import, content: bytes) -> tuple[Sequence[Transfer], str]:
    if params.format == "zengin":
        return read_notice(content, params.file), "zengin"
    of = PLAIN if params.format == "plain" else format_from_yaml(params.format_text, params.format_file)
    return read_csv(content, of, params.file), of.format


def _imported(connection: Connection, params: Import, found: table.Imported) -> Imported:
    said: dict[UUID, tuple[str, tuple[int, ...]]] = {id: (no.why, no.perhaps) for id, no in found.unmatched}
    said |= {id: (_said(match), tuple(number for number, _ in match.pays)) for id, match in found.matched}
    payments = (table.get(connection, id) for id in said)
    lines = tuple(Line(p.id, p.value_on, p.yen, p.payer, *said[p.id]) for p in payments)
    matched, unmatched = len(found.matched), len(found.unmatched)
    return Imported(params.file, found.new, found.repeated, matched, unmatched, params.dry_run, lines)


def _said(match: Match) -> str:
    return f"{match.rule}, {match.credit_yen} yen kept as credit" if match.credit_yen else match.rule


async def listing(office: Office, params: Listing) -> list[Shown]:
    """Payments, newest day first; `unmatched`: those of which some yen belong to nobody yet, with suggestions."""

    def look(connection: Connection) -> list[Shown]:
        found = table.listing(connection, unmatched=params.unmatched, limit=params.limit)
        return shown(connection, found)

    return await office.store.read(look)


async def show(office: Office, params: Which) -> Shown:
    """One payment."""
    return await office.store.read(lambda c: shown(c, [table.get(c, params.payment)])[0])


def shown(connection: Connection, found: Sequence[table.Payment]) -> list[Shown]:
    known = table.known_now(connection) if any(one.left_yen for one in found) else None
    whole = [table.suggested(one, known) if known else one for one in found]
    return [
        Shown(p.id, p.value_on, p.yen, p.payer, p.reference, _state(p), p.left_yen, p.why, p.perhaps) for p in whole
    ]


def _state(one: table.Payment) -> Literal["matched", "unmatched", "partly"]:
    if one.left_yen == 0:
        return "matched"
    return "unmatched" if one.left_yen == one.yen else "partly"
