"""R26: reading an archive: is it whole, who signed it, do its chains hold; and bringing it into an installation."""

import heapq
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import copies
from smartdesk_pbx.store.archive import FORMAT, MANIFEST, SIGNATURE, Manifest, Signature, message
from smartdesk_pbx.store.audit import verify_all
from smartdesk_pbx.store.chain import Broken, Entry, Head, Link, verify
from smartdesk_pbx.store.copies import FileNote
from smartdesk_pbx.store.heads import hash_at
from smartdesk_pbx.store.portable import SHARED, strangers
from smartdesk_pbx.store.resealing import resealed
from smartdesk_pbx.store.routing_version import bump
from smartdesk_pbx.store.row_text import Reader
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.signing import holds, key_id
from smartdesk_pbx.store.tables import REVISION, case_file, chain_head, installation, metadata
from smartdesk_pbx.store.tables.flows import listed_caller

Progress = Callable[[int, int], None]

_ROWS_AT_ONCE = 500
_MAYBE_THERE = (*SHARED, "plan", "plan_rules", "price_table", "flow", "notice", "pool_number", "payment_file")
"""Tables of which an installation may hold the same rows already."""


@dataclass(frozen=True)
class Opened:
    """An archive unpacked into a folder. `signed_by`: the public key (hex) whose signature holds."""

    folder: Path
    manifest: Manifest
    signed_by: str


def unpack(file: Path, folder: Path, public: str | None) -> Opened:
    """Unpack an archive and check signature and hashes. `public`: the key that must have signed it (hex); None: the
    one that it names itself, which proves nothing against whoever made the archive.

    Raises `RuleBroken` when it is no archive, not whole, or signed by somebody else.
    """
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data")
        written = (folder / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(written, type=Manifest)
        mine = msgspec.json.decode((folder / SIGNATURE).read_bytes(), type=Signature)
    except (OSError, tarfile.TarError, msgspec.MsgspecError) as error:
        why = str(error).splitlines()[0].rstrip(":")
        raise RuleBroken(f"{file}: no archive of smartdesk, or cut off: {why}") from None
    if manifest.format != FORMAT:
        raise RuleBroken(f"{file}: an archive of format {manifest.format}; this program reads format {FORMAT}")
    if not holds(public or mine.public_key, message(written), mine.signature):
        raise RuleBroken(f"{file}: its signature is not of key {key_id(public or mine.public_key)}")
    for note in manifest.files:
        copies.check(folder, note)
    for note in manifest.recordings:
        copies.check(folder, FileNote(f"recordings/{note.name}", note.bytes, note.sha256))
    return Opened(folder, manifest, public or mine.public_key)


def chains_of(opened: Opened) -> list[Broken]:
    """Every break of the chains in an archive, computed from the archive alone."""
    heads = {head.chain: Head(head.seq, head.hash) for head in opened.manifest.heads}
    links = heapq.merge(
        _links(opened, "case_event", "event"),
        _links(opened, "ledger_entry", "ledger"),
        key=lambda link: (link.chain, link.chain_seq),
    )
    broken: list[Broken] = []
    for chain, rows in groupby(links, key=lambda link: link.chain):
        broken += verify(chain, rows, heads.pop(chain, None))
    for chain, head in sorted(heads.items()):
        broken += verify(chain, (), head)
    return broken


def has_callers(connection: Connection) -> bool:
    """Has anybody called, or been put on a list, whose number was counted under this installation's key?"""
    called = select(case_file.c.call_id).where(case_file.c.caller_key.is_not(None)).limit(1)
    listed = select(listed_caller.c.id).limit(1)
    return any(connection.execute(query).first() is not None for query in (called, listed))


def bring_in(connection: Connection, opened: Opened, transfer: Sealer, home: Sealer, progress: Progress) -> int:
    """Insert all rows, for the home's own master key; how many. Run it in one transaction: anything that does not fit,
    or a chain that does not hold, raises `RuleBroken` and leaves nothing behind."""
    manifest = opened.manifest
    if manifest.revision != REVISION:
        raise RuleBroken(
            f"the archive is of revision {manifest.revision}, this program's is {REVISION}: "
            "upgrade the older side, then export again"
        )
    if wrong := strangers(manifest.rows, manifest.subscriber is None):
        raise RuleBroken(f"the archive holds {', '.join(wrong)}, which no archive of its kind holds: do not trust it")
    done, total = 0, sum(manifest.rows.values())
    for table in metadata.sorted_tables:
        if table.name not in manifest.rows:
            continue
        for some in _batches(_rows(opened, table)):
            _insert(connection, table, [resealed(table.name, row, transfer, home) for row in some])
            done += len(some)
            progress(done, total)
    if manifest.operator_chain is not None:
        _take_over(connection, manifest.operator_chain)
    bump(connection)
    _check(connection, manifest)
    return done


def _links(opened: Opened, name: str, entry: Entry) -> Iterator[Link]:
    for row in _rows(opened, metadata.tables[name]):
        yield Link(
            row["chain"], row["chain_seq"], entry, row["key"], row["call_id"], row["kind"], row["at"],
            row["recorded_at"], row["open"], row["sealed"], row["prev_hash"], row["hash"],
        )  # fmt: skip


def _rows(opened: Opened, table: Table) -> Iterator[dict[str, Any]]:
    reader = Reader(table)
    with (opened.folder / "tables" / f"{table.name}.jsonl").open("rb") as lines:
        for line in lines:
            yield reader.row(line)


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == _ROWS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if table.name in _MAYBE_THERE:
        rows = [row for row in rows if not _is_there(connection, table, row)]
    try:
        if rows:
            connection.execute(insert(table), rows)
    except IntegrityError as error:
        said = str(error.orig).splitlines()[0]
        raise RuleBroken(f"{table.name}: something of this archive is here already ({said})") from None


def _is_there(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    same = [column == row[column.name] for column in table.primary_key.columns]
    found = connection.execute(select(table).where(*same)).first()
    if found is None:
        return False
    if dict(found._mapping) != row:
        name = ", ".join(str(row[column.name]) for column in table.primary_key.columns)
        raise RuleBroken(f"{table.name} {name} is here with other content: import into an empty installation")
    return True


def _take_over(connection: Connection, chain: UUID) -> None:
    """The operator's own chain goes on where it ended. Raises `RuleBroken` where one was begun here already."""
    own = connection.execute(select(installation.c.operator_chain)).scalar_one()
    if own != chain and connection.execute(select(chain_head.c.seq).where(chain_head.c.chain == own)).scalar():
        raise RuleBroken("calls of nobody were recorded here already: import the business into an empty installation")
    connection.execute(update(installation).values(operator_chain=chain))


def _check(connection: Connection, manifest: Manifest) -> None:
    for head in manifest.heads:
        if hash_at(connection, head.chain, head.seq) != head.hash:
            raise RuleBroken(f"chain {head.chain}: not the entry {head.seq} that the archive's manifest names")
        if broken := verify_all(connection, head.chain):
            raise RuleBroken(f"the archive does not hold: {broken[0]}")
