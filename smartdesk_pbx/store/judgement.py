"""What the ledger says of one case: its judgement, and the corrections that took its place one after the other."""

from uuid import UUID

from sqlalchemy import Connection, select

from smartdesk_pbx.contract.after_call import Judged, LedgerFact, Reclassified
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store import facts
from smartdesk_pbx.store.tables import ledger_entry


def in_force(connection: Connection, call_id: UUID) -> tuple[str, LedgerFact]:
    """Key and fact of the last entry about a case, its reason not opened. RuleBroken: it has not been judged yet."""
    query = (
        select(ledger_entry)
        .where(ledger_entry.c.call_id == call_id, ledger_entry.c.kind.in_(("judgement", "reclassification")))
        .order_by(ledger_entry.c.chain_seq.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        raise RuleBroken(f"case {call_id} has not been judged: that happens when it is closed (smartdesk case show)")
    fact = facts.decode(row.kind, row.call_id, row.at, row.open, None)
    assert isinstance(fact, Judged | Reclassified)
    return row.key, fact
