"""What people may say of a call, and which of it is in force. Pure."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from smartdesk_pbx.contract.after_call import CaseMarked

Mark = Literal[
    "wrong_number", "silent", "fax", "sales", "test", "other_language", "out_of_hours", "complaint",
    "complaint_desk", "support_desk", "reservation_desk", "forbidden_use",
]  # fmt: skip
"""`complaint`: a complaint, request or demand about the subscriber (R8.4). The four last: use of the service that
Article 8.3 forbids."""

FORBIDDEN_USE: frozenset[Mark] = frozenset({"complaint_desk", "support_desk", "reservation_desk", "forbidden_use"})
"""R8.3: use as complaint desk, support desk, reservation desk, or another desk like these."""


def in_force(said: Iterable["CaseMarked"]) -> tuple[frozenset[Mark], frozenset[str]]:
    """Marks and tags that were given and not taken back; `said` in order: the last word on each counts."""
    marks: set[Mark] = set()
    tags: set[str] = set()
    for one in said:
        if one.mark is not None:
            (marks.discard if one.removed else marks.add)(one.mark)
        if one.tag is not None:
            (tags.discard if one.removed else tags.add)(one.tag)
    return frozenset(marks), frozenset(tags)
