"""R26: what an archive is. A tar of tables as lines of JSON, recordings, a manifest with every hash, its signature,
and a README that describes all of it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from smartdesk_pbx.store.copies import FileNote
from smartdesk_pbx.store.heads import SignedHead
from smartdesk_pbx.store.portable import places
from smartdesk_pbx.store.row_text import kind_of
from smartdesk_pbx.store.tables import metadata

FORMAT = 1
README, MANIFEST, SIGNATURE, SCHEMA = "README.md", "manifest.json", "manifest.sig", "schema.json"


class Manifest(msgspec.Struct, frozen=True):
    """What an archive holds. `subscriber` None: the whole business. `operator_chain`: the chain of calls of nobody,
    with the whole business only, as is `installation_sealed`: the key under which callers are counted, for the
    holder of the transfer key. `missing`: recordings that the disk did not have."""

    format: int
    exported_at: datetime
    revision: str
    subscriber: UUID | None
    slug: str | None
    contracts: list[UUID]
    rows: dict[str, int]
    files: list[FileNote]
    recordings: list[FileNote]
    missing: list[str]
    heads: list[SignedHead]
    operator_chain: UUID | None = None
    installation_sealed: str | None = None


class Signature(msgspec.Struct, frozen=True):
    """Who signed the manifest: Ed25519, all in hex."""

    key_id: str
    public_key: str
    signature: str


def message(manifest: bytes) -> bytes:
    """What is signed: the manifest's bytes, said to be one."""
    return b"smartdesk archive\n" + manifest


def schema() -> Mapping[str, Mapping[str, str]]:
    """Each table that may stand in an archive: its columns and how they are written."""
    goes = {name for name, place in places().items() if not place.startswith("stays")}
    return {
        table.name: {column.name: kind_of(column) for column in table.columns}
        for table in metadata.sorted_tables
        if table.name in goes
    }


def readme(manifest: Manifest) -> str:
    """The description that lies in the archive."""
    what = f"subscriber `{manifest.slug}` with all contracts" if manifest.subscriber else "the whole business"
    tables = "\n".join(f"- `tables/{name}.jsonl`: {count} rows" for name, count in sorted(manifest.rows.items()))
    stays = "\n".join(f"- `{name}` {place}" for name, place in sorted(places().items()) if place != "goes")
    return _README.format(
        what=what,
        at=f"{manifest.exported_at:%Y-%m-%d %H:%M} UTC",
        revision=manifest.revision,
        tables=tables,
        stays=stays,
        recordings=len(manifest.recordings),
        missing=len(manifest.missing),
    )


_README = """# Archive of smartdesk_pbx

{what}, as of {at}, database revision {revision}.

## What is in it
- `manifest.json`: this archive's contents: SHA-256 of every file, rows of every table, heads of the chains.
- `manifest.sig`: Ed25519 signature over the text `smartdesk archive`, a newline, and the bytes of `manifest.json`.
- `schema.json`: each table, its columns, how each is written.
- `recordings/`: {recordings} recordings as WAV, by object key ({missing} more were not on the disk).
- `readable/cases.jsonl`, where present: each case with its events in clear, one case a line.
{tables}

A table is one JSON object a line, rows in order of the primary key. Money is whole yen. Times are UTC.

## Chains
`case_event` and `ledger_entry` of one `chain` together are a chain of hashes, in order of `chain_seq` from 1. A row's
`hash` is the SHA-256 (hex) of the canonical JSON (RFC 8785) of an object with: `at`, `call_id`, `chain`, `chain_seq`,
`entry` (`event` or `ledger`, by table), `key`, `kind`, `open` (as a JSON value), `prev` (hash of the row before; 64
zeros at first), `recorded_at`, `sealed` (base64 or null). `chain_head` and the manifest's `heads` name the last row.

## What is sealed
Names, numbers and free text are ciphertext (AES-256-GCM; 12 bytes of nonce first). The parts of facts are sealed under
keys of their cases (`case_key`, wrapped) and named by the first 16 bytes; the keys and all other sealed columns are
sealed under the archive's transfer key, which is handed over apart from this file. A case without key was erased.

## To use it
    smartdesk archive verify FILE --public-key HEX
    smartdesk archive import FILE --key KEYFILE      # into an installation that has none of it
    smartdesk billing rerate MONTH --check           # the invoices come out byte for byte

## What stays behind
{stays}
"""
