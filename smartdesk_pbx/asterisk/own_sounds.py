"""The sound files that are made for one call alone: values read aloud, a message played back."""

from uuid import UUID

MOST = 10
"""A call may have so many at the same time; the next one takes the place of the first."""

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_CHARACTERS = 7
"""Of the call's id, that is 36 bits; Asterisk's extensions want short names."""


class OwnSounds:
    """Their names, and how many there are."""

    def __init__(self, call_id: UUID) -> None:
        rest, name = call_id.int, ""
        for _ in range(_CHARACTERS):
            rest, digit = divmod(rest, 36)
            name += _BASE36[digit]
        self._stem, self._made = name, 0

    def new(self) -> str:
        """A name for the next one."""
        self._made += 1
        return f"{self._stem}{self._made % MOST}"

    def others_too(self) -> None:
        """An earlier daemon may have made some as well."""
        self._made = MOST

    def names(self) -> list[str]:
        """All that may be there."""
        return [f"{self._stem}{(self._made - n) % MOST}" for n in range(min(self._made, MOST))]
