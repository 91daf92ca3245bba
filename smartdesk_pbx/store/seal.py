"""Sealing of personal parts: AES-GCM, a key per case, the case keys wrapped under the installation's master key.

A program makes its own key for a case when it first seals something in it, so sealing never waits for the
database; a sealed part names its key. Deleting all keys of a case erases its sealed parts for good.
"""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smartdesk_pbx.errors import RuleBroken

_NONCE_BYTES = 12
_ID_BYTES = 16
_KEY_BITS = 256


@dataclass(frozen=True)
class CaseKey:
    """A key of one case, and itself wrapped as it is stored."""

    id: UUID
    call_id: UUID
    wrapped: bytes
    cipher: AESGCM = field(repr=False, compare=False)


class Sealer:
    """Seals and opens. `master` and `installation` are 32 bytes each, from `keys.load_keys`."""

    def __init__(self, master: bytes, installation: bytes) -> None:
        self._master = AESGCM(master)
        self._installation = installation

    def caller_key(self, e164: str) -> str:
        """Under what a caller is counted and found: hex HMAC-SHA-256 of the E.164 number."""
        return hmac.new(self._installation, e164.encode(), sha256).hexdigest()

    def new_case_key(self, call_id: UUID, key_id: UUID) -> CaseKey:
        """A fresh random key for a case."""
        secret = AESGCM.generate_key(_KEY_BITS)
        return CaseKey(key_id, call_id, _seal(self._master, secret, _wrap_aad(call_id, key_id)), AESGCM(secret))

    def unwrap(self, call_id: UUID, key_id: UUID, wrapped: bytes) -> CaseKey:
        """The stored key of a case. Raises RuleBroken when another master key wrapped it."""
        secret = _open(self._master, wrapped, _wrap_aad(call_id, key_id))
        return CaseKey(key_id, call_id, wrapped, AESGCM(secret))

    def rewrap(self, call_id: UUID, key_id: UUID, wrapped: bytes, to: "Sealer") -> bytes:
        """The stored key of a case, wrapped for another installation."""
        aad = _wrap_aad(call_id, key_id)
        return _seal(to._master, _open(self._master, wrapped, aad), aad)

    def seal(self, key: CaseKey, aad: str, fields: Mapping[str, object]) -> bytes:
        """The sealed part of an event; `aad` is the event's key, so that it cannot be moved to another."""
        return key.id.bytes + _seal(key.cipher, msgspec.json.encode(fields), aad)

    def open(self, key: CaseKey, aad: str, sealed: bytes) -> dict[str, object]:
        """The fields of a sealed part. Raises RuleBroken when they were tampered with."""
        return msgspec.json.decode(_open(key.cipher, sealed[_ID_BYTES:], aad), type=dict[str, object])

    def seal_value(self, text: str, aad: str) -> bytes:
        """A single value under the master key (a subscriber's emergency number); `aad` says whose it is."""
        return _seal(self._master, text.encode(), f"value/{aad}")

    def open_value(self, sealed: bytes, aad: str) -> str:
        """What `seal_value` sealed. Raises RuleBroken when it was tampered with or moved."""
        return _open(self._master, sealed, f"value/{aad}").decode()


def key_id_of(sealed: bytes) -> UUID:
    """Which key opens this sealed part."""
    return UUID(bytes=sealed[:_ID_BYTES])


def _wrap_aad(call_id: UUID, key_id: UUID) -> str:
    return f"case-key/{call_id}/{key_id}"


def _seal(cipher: AESGCM, clear: bytes, aad: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, clear, aad.encode())


def _open(cipher: AESGCM, sealed: bytes, aad: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], aad.encode())
    except (InvalidTag, ValueError):
        raise RuleBroken(f"{aad}: cannot be opened: tampered with, or sealed under another secrets/master") from None
