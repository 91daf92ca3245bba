"""Passwords of accounts (R5): argon2 in a thread, for it takes a fifth of a second by design."""

import asyncio
from functools import cache
from typing import TYPE_CHECKING

from smartdesk_pbx.errors import RuleBroken

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LONGEST = 1024


async def hashed(password: str) -> str:
    """The hash to store."""
    return await asyncio.to_thread(_hasher().hash, password)


async def fits(password: str, stored: str | None) -> bool:
    """Is this the password? An account without one takes as long to say no: names are not told apart by time."""
    return await asyncio.to_thread(_fits, password, stored)


def check(password: str, name: str, least: int) -> None:
    """Raise `RuleBroken` for a password that is too short, endless, or holds the account's name."""
    if len(password) < least:
        raise RuleBroken(f"the password needs {least} characters or more; a few words make a good one")
    if len(password) > LONGEST:
        raise RuleBroken(f"the password is longer than {LONGEST} characters")
    if name.casefold() in password.casefold() or len(set(password)) < 5:
        raise RuleBroken("the password can be guessed: leave the account's name out and vary the characters")


def _fits(password: str, stored: str | None) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that belongs to no account."""
    return _hasher().hash("nobody")
