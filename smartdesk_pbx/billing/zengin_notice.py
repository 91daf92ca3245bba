"""振込入金通知: the transfers that a bank received for us, records of 200 bytes. Pure."""

from collections.abc import Sequence

from smartdesk_pbx.billing.payments import Transfer
from smartdesk_pbx.billing.zengin import day, layout, number, records, text
from smartdesk_pbx.errors import Mistake, Mistakes

RECORD_BYTES = 200

HEADER = layout(("kind", 1), ("type", 2), ("code", 1), ("made_on", 6))
DATA = layout(
    ("kind", 1), ("inquiry", 6), ("booked_on", 6), ("value_on", 6), ("yen", 10), ("cheques_yen", 10),
    ("payer_code", 10), ("payer", 48), ("bank", 15), ("branch", 15), ("cancelled", 1), ("edi", 20),
)  # fmt: skip
TRAILER = layout(("kind", 1), ("count", 6), ("yen", 12), ("cancelled", 6), ("cancelled_yen", 12))


def read_notice(content: bytes, name: str) -> list[Transfer]:
    """The transfers of a file, cancelled ones left out. Raises `RuleBroken` or `Mistakes` with the records' numbers."""
    found: list[Transfer] = []
    mistakes: list[Mistake] = []
    of_account: list[tuple[int, bool]] = []
    for line, row in records(content, RECORD_BYTES, name):
        try:
            _read(row, line, found, of_account)
        except ValueError as error:
            mistakes.append(Mistake(f"{name}:{line}", str(error)))
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _read(row: bytes, line: int, found: list[Transfer], of_account: list[tuple[int, bool]]) -> None:
    kind = row[:1]
    if kind == b"1":
        of_account.clear()
        if row[1:3] != b"01":
            raise ValueError(f"kind {text(row, HEADER, 'type')} is no 振込入金通知 (01)")
    elif kind == b"2":
        cancelled = text(row, DATA, "cancelled") == "1"
        of_account.append((number(row, DATA, "yen"), cancelled))
        if not cancelled:
            found.append(_transfer(row, line))
    elif kind == b"8":
        _check_trailer(row, of_account)
    elif kind != b"9":
        raise ValueError(f"{kind.decode('latin-1')!r} is no kind of record (1, 2, 8, 9)")


def _transfer(row: bytes, line: int) -> Transfer:
    has_value_day = bool(text(row, DATA, "value_on").strip("0"))
    value_on = day(row, DATA, "value_on" if has_value_day else "booked_on")
    return Transfer(line, value_on, number(row, DATA, "yen"), text(row, DATA, "payer"), text(row, DATA, "edi"))


def _check_trailer(row: bytes, of_account: Sequence[tuple[int, bool]]) -> None:
    """Cancelled ones may be counted among all or apart: both ways of the banks are right."""
    kept = [yen for yen, cancelled in of_account if not cancelled]
    gone = [yen for yen, cancelled in of_account if cancelled]
    said = number(row, TRAILER, "count"), number(row, TRAILER, "yen")
    if said not in ((len(kept), sum(kept)), (len(kept) + len(gone), sum(kept) + sum(gone))):
        raise ValueError(
            f"the trailer says {said[0]} transfers of {said[1]} yen, the file holds {len(kept)} of {sum(kept)} yen: "
            "it is not whole; fetch it again"
        )
