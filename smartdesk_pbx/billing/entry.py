"""The rating entry: the one ledger entry of a contract and month, which says how its charge was computed. Pure.

It holds everything but the judgements, which stand in the same chain: whoever has the chain can compute it again.
"""

from uuid import UUID

import msgspec

from smartdesk_pbx.billing.invoice import Line
from smartdesk_pbx.billing.prices import Basis
from smartdesk_pbx.billing.rate import RatedCase, Rating

KIND = "rating"


class Correction(msgspec.Struct, frozen=True):
    """What an earlier month lacked when it was found out: the difference to everything charged for it before.
    `number`: the further document, None when no line changed; `refers_to`: the document of that month, if any."""

    month: str
    number: int | None
    refers_to: int | None
    basis: Basis
    lines: tuple[Line, ...]
    cases: tuple[RatedCase, ...]


class RatingEntry(msgspec.Struct, frozen=True):
    """`until`: up to this sequence number of the chain the judgements were read; what came later is corrected by the
    next entry. `number`: the invoice, None when nothing was charged. `override`: why operations went ahead in spite of
    a node that had not been read to the month's end."""

    contract_id: UUID
    month: str
    number: int | None
    until: int
    basis: Basis
    lines: tuple[Line, ...]
    cases: tuple[RatedCase, ...]
    corrections: tuple[Correction, ...] = ()
    override: str = ""

    @property
    def rating(self) -> Rating:
        """The month's own charge, without corrections of earlier ones."""
        return Rating(self.lines, self.cases)


def key_of(contract_id: UUID, month: object) -> str:
    """The key of the rating entry: one per contract and month."""
    return f"rating:{contract_id}:{month}"


def written(entry: RatingEntry) -> str:
    """The open part as it is chained: canonical JSON, since it holds only text and whole numbers."""
    return msgspec.json.encode(entry, order="sorted").decode()


def read(text: str) -> RatingEntry:
    """The entry of its open part."""
    return msgspec.json.decode(text, type=RatingEntry)
