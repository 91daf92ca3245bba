"""Where identifiers come from. Injected, so that a seeded simulator can own them."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def _random_name() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(7))


@dataclass(frozen=True)
class Ids:
    """`new()` gives a UUID; `name()` seven letters that are hard to guess (names of sound files)."""

    new: Callable[[], UUID] = uuid4
    name: Callable[[], str] = _random_name
