"""R26: writing an archive: all rows as of one moment, sealed columns sealed anew under a transfer key."""

import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Select, func, select

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import case, copies
from smartdesk_pbx.store.archive import (
    FORMAT,
    MANIFEST,
    README,
    SCHEMA,
    SIGNATURE,
    Manifest,
    Signature,
    message,
    readme,
    schema,
)
from smartdesk_pbx.store.copies import FileNote
from smartdesk_pbx.store.heads import signed
from smartdesk_pbx.store.ledger import operator_chain
from smartdesk_pbx.store.portable import rows_of
from smartdesk_pbx.store.resealing import resealed
from smartdesk_pbx.store.row_text import to_line
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.signing import Signer
from smartdesk_pbx.store.subscriber import by_id
from smartdesk_pbx.store.tables import REVISION, case_file, chain_head, contract, metadata, recording
from smartdesk_pbx.store.tables.keeping import erased_file

Progress = Callable[[int, int], None]

_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Ask:
    """What to export. `subscriber_id` None: the whole business. `readable`: with the cases in clear."""

    subscriber_id: UUID | None
    readable: bool
    at: datetime


@dataclass(frozen=True)
class House:
    """With what: the home's sealer and installation key, the transfer key's sealer, the signer, the recordings."""

    sealer: Sealer
    installation: bytes
    transfer: Sealer
    signer: Signer
    recordings: Path


def export(connection: Connection, ask: Ask, house: House, target: Path, progress: Progress) -> Manifest:
    """Write an archive file (0600), all at once. Run it through `store.read`: it is of one moment."""
    if target.exists():
        raise RuleBroken(f"{target} is there already: an archive overwrites nothing")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".archive-") as name:
        folder = Path(name)
        rows = _write_tables(connection, ask, house, folder, progress)
        if ask.readable:
            _write_readable(connection, ask, house.sealer, folder)
        (folder / SCHEMA).write_bytes(msgspec.json.format(msgspec.json.encode(schema())) + b"\n")
        manifest = _manifest(connection, ask, house, folder, rows)
        written = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
        mine = Signature(house.signer.id, house.signer.public, house.signer.sign(message(written)))
        (folder / MANIFEST).write_bytes(written)
        (folder / SIGNATURE).write_bytes(msgspec.json.encode(mine) + b"\n")
        (folder / README).write_text(readme(manifest), "utf-8")
        _pack(folder, house.recordings, manifest, target, progress)
    return manifest


def _write_tables(connection: Connection, ask: Ask, house: House, folder: Path, progress: Progress) -> dict[str, int]:
    (folder / "tables").mkdir()
    queries = [(t.name, query) for t in metadata.sorted_tables if (query := rows_of(t, ask.subscriber_id)) is not None]
    total = sum(connection.execute(select(func.count()).select_from(q.subquery())).scalar_one() for _, q in queries)
    done, counts = 0, {}
    for name, query in queries:
        with (folder / "tables" / f"{name}.jsonl").open("wb") as out:
            before = done
            for row in _stream(connection, query):
                out.write(to_line(resealed(name, row, house.sealer, house.transfer)))
                done += 1
                if done % _ROWS_AT_ONCE == 0:
                    progress(done, total)
        counts[name] = done - before
    progress(total, total)
    return counts


def _stream(connection: Connection, query: Select[Any]) -> Iterator[Mapping[str, Any]]:
    for row in connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}):
        yield row._asdict()


def _write_readable(connection: Connection, ask: Ask, sealer: Sealer, folder: Path) -> None:
    (folder / "readable").mkdir()
    query = select(case_file.c.call_id).order_by(case_file.c.invited_at, case_file.c.call_id)
    if ask.subscriber_id is not None:
        query = query.where(case_file.c.chain == ask.subscriber_id)
    with (folder / "readable" / "cases.jsonl").open("wb") as out:
        for call_id in connection.execute(query).scalars().all():
            events = [
                {"seq": one.chain_seq, "erased": one.erased, **msgspec.to_builtins(one.fact)}
                for one in case.events_of(connection, sealer, call_id)
            ]
            out.write(msgspec.json.encode({"case": call_id, "events": events}) + b"\n")


def _manifest(connection: Connection, ask: Ask, house: House, folder: Path, rows: dict[str, int]) -> Manifest:
    who = by_id(connection, ask.subscriber_id) if ask.subscriber_id else None
    heads = select(chain_head).order_by(chain_head.c.chain)
    contracts = select(contract.c.id).order_by(contract.c.id)
    if ask.subscriber_id is not None:
        heads = heads.where(chain_head.c.chain == ask.subscriber_id)
        contracts = contracts.where(contract.c.subscriber_id == ask.subscriber_id)
    wanted = _recordings(connection, ask)
    there = [note for note in wanted if _is_there(house.recordings, note)]
    names = sorted(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file())
    whole = ask.subscriber_id is None
    return Manifest(
        FORMAT, ask.at, REVISION, ask.subscriber_id, who.slug if who else None,
        list(connection.execute(contracts).scalars()), rows, [copies.note_of(folder, name) for name in names],
        there, sorted(note.name for note in wanted if note not in there),
        [signed(head.chain, head.seq, head.hash, house.signer) for head in connection.execute(heads)],
        operator_chain(connection) if whole else None,
        house.transfer.seal_value(house.installation.hex(), "archive/installation").hex() if whole else None,
    )  # fmt: skip


def _recordings(connection: Connection, ask: Ask) -> list[FileNote]:
    gone = select(erased_file.c.file)
    query = select(recording.c.file, recording.c.bytes, recording.c.sha256).where(recording.c.file.not_in(gone))
    if ask.subscriber_id is not None:
        query = query.join(case_file, case_file.c.call_id == recording.c.call_id)
        query = query.where(case_file.c.chain == ask.subscriber_id)
    return [FileNote(*row) for row in connection.execute(query.order_by(recording.c.file))]


def _is_there(folder: Path, note: FileNote) -> bool:
    try:
        copies.check(folder, note)
    except RuleBroken:
        return False
    return True


def _pack(folder: Path, recordings: Path, manifest: Manifest, target: Path, progress: Progress) -> None:
    """README and manifest come first, so that one can look into a large archive quickly."""
    spare = folder / "archive.tar"
    first = [README, MANIFEST, SIGNATURE]
    files = [(folder / name, name) for name in (*first, *(note.name for note in manifest.files))]
    files += [(recordings / note.name, f"recordings/{note.name}") for note in manifest.recordings]
    mode = "w:gz" if target.suffix in (".gz", ".tgz") else "w"
    with open(os.open(spare, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode=mode) as tar:  # type: ignore[call-overload]
            for done, (file, name) in enumerate(files, start=1):
                tar.add(file, name, recursive=False, filter=lambda member: _plain(member, manifest.exported_at))
                progress(done, len(files))
        out.flush()
        os.fsync(out.fileno())
    spare.replace(target)


def _plain(member: tarfile.TarInfo, at: datetime) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode, member.mtime = 0o600, int(at.timestamp())
    return member
