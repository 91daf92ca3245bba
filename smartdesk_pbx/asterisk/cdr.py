"""Asterisk's own call records: taken from the spool, read, and removed once the store has them.

They hold callers' numbers in clear, so the file is read soon and kept no longer than needed.
"""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from smartdesk_pbx import metrics
from smartdesk_pbx.call.outage import SeenCall
from smartdesk_pbx.contract.numbers import e164

COLUMNS = 11

CAUSES = {"ANSWERED": 16, "BUSY": 17, "NO ANSWER": 19, "CONGESTION": 34}
"""Q.850 causes of Asterisk's dispositions, where the dialplan noted none itself."""


class Spool:
    """The spool file, put aside so that Asterisk goes on with a new one. `done` when the records are stored."""

    def __init__(self, file: Path) -> None:
        self._aside = file.with_suffix(".reading")
        self.whole = not self._aside.exists()
        """False: the records of an earlier daemon come first; those of now are read at the next turn."""
        if file.exists() and not self._aside.exists():  # one that an earlier daemon had put aside comes first
            file.rename(self._aside)

    def records(self, country: str) -> list[SeenCall]:
        """One record a call. Lines of legs that we dialled ourselves have no call id and are left out."""
        if not self._aside.exists():
            return []
        with self._aside.open(newline="", encoding="utf-8", errors="replace") as lines:
            found = [record for row in csv.reader(lines) if (record := _read(row, country))]
        return _one_each(found)

    def done(self) -> None:
        """Forget what was read."""
        self._aside.unlink(missing_ok=True)


def _read(row: list[str], country: str) -> SeenCall | None:
    if len(row) != COLUMNS or not row[0]:
        return None
    try:
        start, answer, end = (_instant(text) for text in row[3:6])
        call_id = UUID(row[0])
    except ValueError:
        metrics.alarm("call_record_unreadable")
        return None
    if start is None or end is None:
        return None
    return SeenCall(
        call_id, e164(row[1], country) or row[1], e164(row[2], country), start, answer, end,
        int(row[9]) if row[9].isdigit() else CAUSES.get(row[8]),
    )  # fmt: skip


def _instant(text: str) -> datetime | None:
    return datetime.fromtimestamp(float(text), UTC) if text and float(text) else None


def _one_each(records: Iterable[SeenCall]) -> list[SeenCall]:
    """Asterisk writes a line for each pair that was bridged: first start, first answer, last end."""
    calls: dict[UUID, SeenCall] = {}
    for new in records:
        old = calls.get(new.call_id, new)
        answers = [at for at in (old.answered_at, new.answered_at) if at]
        calls[new.call_id] = SeenCall(
            new.call_id, old.number, old.caller, min(old.started_at, new.started_at), min(answers, default=None),
            max(old.ended_at, new.ended_at), new.cause,
        )  # fmt: skip
    return list(calls.values())
