"""The optional key that signs chain heads: Ed25519, its private half in the home's secrets, apart from the database.

An unkeyed chain proves nothing against whoever owns the database: they could write it anew from the first row.
A head that was signed and handed out (on an invoice, in an archive, in a heads file) cannot be forged without the key.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, insert, select

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.keys import load_secret
from smartdesk_pbx.store.tables.keeping import signing_key as table

FILE = "ledger_signing"
"""Name of the private key below `HOME/secrets`."""

_BYTES = 32


@dataclass(frozen=True)
class Signer:
    """A private key. `id`: the first 16 hex digits of the public key's SHA-256; `public`: 64 hex digits."""

    id: str
    public: str
    key: Ed25519PrivateKey = field(repr=False, compare=False)

    def sign(self, message: bytes) -> str:
        """The signature, 128 hex digits; the same message always gives the same one."""
        return self.key.sign(message).hex()


def load_signer(home: Path) -> Signer | None:
    """The signer of this home, None when no key was made. Raises `RuleBroken` for a spoilt or unprotected key."""
    file = home / "secrets" / FILE
    if not file.exists():
        return None
    text = load_secret(file, str)
    try:
        return _signer(bytes.fromhex(text))
    except ValueError:
        raise RuleBroken(f"{file}: no key of {_BYTES} bytes in hexadecimal; put it back from a backup") from None


def make_signer(home: Path) -> Signer:
    """A new key of this home, or the one that is there. Note it with `publish`."""
    folder = home / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    load_secret(folder / FILE, lambda: secrets.token_hex(_BYTES))
    signer = load_signer(home)
    assert signer is not None
    return signer


def put_aside(home: Path) -> None:
    """Rename the key that is there after its id: it signs no more, and can still be shown to have signed."""
    signer = load_signer(home)
    if signer is not None:
        file = home / "secrets" / FILE
        file.rename(file.with_name(f"{FILE}-{signer.id}"))


def publish(connection: Connection, signer: Signer, at: datetime) -> None:
    """Note the public half, so that signatures of earlier keys can be checked too; a repeat is a no-op."""
    if connection.execute(select(table.c.id).where(table.c.id == signer.id)).first() is None:
        connection.execute(insert(table).values(id=signer.id, public=signer.public, made_at=at))


def public_keys(connection: Connection) -> dict[str, str]:
    """The public keys that were noted, hex, by key id."""
    return {row.id: row.public for row in connection.execute(select(table).order_by(table.c.made_at))}


def key_id(public: str) -> str:
    """The id of a public key given as hex. Raises `RuleBroken` when it is none."""
    try:
        raw = bytes.fromhex(public)
    except ValueError:
        raw = b""
    if len(raw) != _BYTES:
        raise RuleBroken(f"{public!r} is no public key: {2 * _BYTES} hexadecimal digits are needed")
    return hashlib.sha256(raw).hexdigest()[:16]


def holds(public: str, message: bytes, signature: str) -> bool:
    """True when the owner of this public key (hex) signed that message."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signer(secret: bytes) -> Signer:
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public = key.public_key().public_bytes_raw().hex()
    return Signer(key_id(public), public, key)
