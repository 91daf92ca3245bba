"""Sealed columns on their way to another installation: opened with one master key, sealed anew with another.

The sealed parts of facts stay as they are, under the keys of their cases: their ciphertext is what was hashed.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from smartdesk_pbx.store.seal import Sealer

Row = Mapping[str, Any]

_VALUES: Mapping[tuple[str, str], Callable[[Row], str]] = {
    ("subscriber", "emergency_sealed"): lambda row: f"subscriber/{row['id']}/emergency/{row['emergency_version']}",
    ("application", "sealed"): lambda row: f"application/{row['id']}",
    ("identity_check", "sealed"): lambda row: f"identity-check/{row['id']}",
    ("revoked_party", "sealed"): lambda row: f"party/{row['id']}",
    ("change_request", "sealed"): lambda row: f"change/{row['id']}",
    ("registered_detail", "sealed"): lambda row: (
        f"detail/{row['subscriber_id']}/{row['field']}/{row['target']}/{row['version']}"
    ),
    ("outbox", "sealed"): lambda row: f"outbox/{row['id']}",
    ("listed_caller", "sealed"): lambda row: f"listed/{row['id']}",
    ("debit_mandate", "sealed"): lambda row: f"contract/{row['contract_id']}/mandate",
}
"""Each column that `Sealer.seal_value` filled, and what its value is bound to, as the file of its noun has it."""

STAY = (("case_event", "sealed"), ("ledger_entry", "sealed"))
"""Sealed under the keys of cases."""

KEYS = ("case_key", "wrapped")

LISTED = "listed_caller"


def sealed_columns() -> set[tuple[str, str]]:
    """All columns with ciphertext, by table."""
    return {*_VALUES, *STAY, KEYS}


def resealed(table: str, row: Row, old: Sealer, new: Sealer) -> dict[str, Any]:
    """A row for another master key. Raises `RuleBroken` when something does not open with the old one."""
    changed = dict(row)
    if table == KEYS[0]:
        changed["wrapped"] = old.rewrap(row["call_id"], row["id"], row["wrapped"], new)
    for (of, column), bound_to in _VALUES.items():
        if of == table and row[column] is not None:
            aad = bound_to(row)
            clear = old.open_value(row[column], aad)
            changed[column] = new.seal_value(clear, aad)
            if table == LISTED:
                # Elsewhere callers are counted under another key: a list that nobody is found on would be useless.
                changed["caller_key"] = new.caller_key(msgspec.json.decode(clear)["number"])
    return changed
