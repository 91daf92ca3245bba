"""The secrets of one installation: one file each under `HOME/secrets`, made on first use, 0600 in a 0700 folder."""

import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from smartdesk_pbx.errors import RuleBroken

KEY_BYTES = 32


@dataclass(frozen=True)
class Keys:
    """The passwords of the loopback interfaces and the two keys of the store. None of them is ever printed."""

    ari_password: str = field(repr=False)
    ami_password: str = field(repr=False)
    http_token: str = field(repr=False)
    installation: bytes = field(repr=False)
    """HMAC key that turns a caller's number into a `caller_key`."""
    master: bytes = field(repr=False)
    """Wraps the key of each case and seals the subscribers' own sealed fields."""


def load_keys(home: Path) -> Keys:
    """The keys of this home; missing ones are made. Raises `RuleBroken` when one is unreadable or open to others."""
    folder = home / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return Keys(
        ari_password=load_secret(folder / "ari_password", _password),
        ami_password=load_secret(folder / "ami_password", _password),
        http_token=load_secret(folder / "http_token", _password),
        installation=_key(folder / "installation"),
        master=_key(folder / "master"),
    )


def load_secret(file: Path, make: Callable[[], str]) -> str:
    """The one line of this file. A missing file is first written with what `make` gives, 0600 and all at once."""
    if not file.exists():
        _write_once(file, make())
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RuleBroken(f"{file}: this secret cannot be read: {error}") from None
    if mode & 0o077:
        raise RuleBroken(f"{file}: others may read this secret (mode {mode:04o}); run: chmod 600 {file}")
    if not text:
        raise RuleBroken(f"{file}: this secret is empty; put it back from a backup")
    return text


def _write_once(file: Path, text: str) -> None:
    spare = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
        # A link, not a rename: when two start at once the first one's secret stays and both read it.
        os.link(spare, file)
        _sync_folder(file.parent)
    except FileExistsError:
        pass
    finally:
        spare.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _password() -> str:
    return secrets.token_urlsafe(24)


def _key(file: Path) -> bytes:
    text = load_secret(file, lambda: secrets.token_hex(KEY_BYTES))
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise RuleBroken(f"{file}: not a key of {KEY_BYTES} bytes in hexadecimal; put it back from a backup")
    return key
