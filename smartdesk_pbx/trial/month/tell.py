"""The month as a person reads it: who called, what it cost, what agrees, where to look on."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.trial.month.cast import FIRST_DAY
from smartdesk_pbx.trial.month.figures import OUTCOMES, Agreed, Charge, outcome
from smartdesk_pbx.trial.month.play import Played
from smartdesk_pbx.trial.month.staff import SHIFTS
from smartdesk_pbx.trial.teller import Teller

_HIGHEST = 8
_GOOD, _BAD = ("✓ ", "bold green"), ("✗ ", "bold red")


def tell(teller: Teller, played: Played, picture: Path, typed: str) -> bool:
    """The whole story; False when a sum does not agree or somebody had to be alarmed."""
    _bureau(teller, played)
    _calls(teller, played)
    _contracts(teller, played)
    _close(teller, played)
    _invoices(teller, played)
    _money(teller, played)
    good = _sums(teller, played)
    _look_on(teller, played, picture, typed)
    return good


def _bureau(teller: Teller, played: Played) -> None:
    plans = Counter(charge.member.plan for charge in played.month.charges)
    said = ", ".join(f"{count} {plan}" for plan, count in plans.most_common())
    teller.note(
        f"{len(played.members)} contracts ({said}), formed by application, checks and notice since {FIRST_DAY:%-d %B}; "
        f"{len(SHIFTS)} agents in shifts; {played.operations:,} operations of the office were performed."
    )


def _calls(teller: Teller, played: Played) -> None:
    teller.scene("The calls")
    files = played.month.cases
    weeks: Counter[tuple[str, str]] = Counter()
    for file in files:
        week = _week(file.invited_at.astimezone(TOKYO).date(), played.month.days)
        weeks.update([(week, outcome(file)), (week, "all"), *([(week, "bill")] if file.billable else [])])
    names = sorted({week for week, _ in weeks}, key=lambda week: int(week.partition("–")[0]))
    columns = (*OUTCOMES, "all", "bill")
    rows = [[week, *(f"{weeks[week, column]:,}" for column in columns)] for week in names]
    rows.append(["all", *(f"{sum(weeks[week, column] for week in names):,}" for column in columns)])
    teller.table(rows, head=("Oct", *(_SHORT.get(column, column) for column in columns)))
    by_agent = Counter(f.agent for f in files if f.agent)
    teller.note("Agents: " + ", ".join(f"{agent} {count:,}" for agent, count in by_agent.most_common()) + " talks.")
    for at, requests in played.month.releases:
        teller.note(
            f"R8.2: a caller asked {requests} times to be connected directly; on {at.astimezone(TOKYO):%-d %B} the "
            "emergency number was told."
        )


_SHORT = {
    "wrong number, sales, fax": "nuisance", "voice guidance alone": "guidance", "left before that": "left",
    "emergency number told": "R8.2", "not in service": "closed", "an agent": "agent", "a message": "message",
    "bill": "bill.",
}  # fmt: skip


def _week(day: date, days: Sequence[date]) -> str:
    first = max(days[0], day - timedelta(days=day.weekday()))
    last = min(days[-1], day + timedelta(days=6 - day.weekday()))
    return f"{first.day}–{last.day}"


def _contracts(teller: Teller, played: Played) -> None:
    teller.scene("The contracts")
    teller.table([[f"{at.day}", article, what] for at, article, what in played.told], head=("Oct", "article", ""))


def _close(teller: Teller, played: Played) -> None:
    teller.scene("The close of the month")
    for problem in played.early["problems"]:
        teller.note(("1 Nov, dry run: ", "bold"), problem["wrong"])
    _dry(teller, "2 Nov, dry run: ", played.dry, "would be closed")
    _dry(teller, "2 Nov, close: ", played.closed, "closed")
    teller.note(("again: ", "bold"), f"{played.again['closed']} contracts, nothing changes")


def _dry(teller: Teller, when: str, answer: Any, did: str) -> None:
    sums = answer["invoices"]
    teller.note(
        (when, "bold"), f"{answer['closed']} contracts {did}, {answer['cases']:,} cases, problems: "
        f"{len(answer['problems'])}; {sums['documents']} invoices: ¥{sums['net_yen']:,} + tax ¥{sums['tax_yen']:,} + "
        f"untaxed ¥{sums['untaxed_yen']:,} = ", (f"¥{sums['total_yen']:,}", "bold"),
    )  # fmt: skip


def _invoices(teller: Teller, played: Played) -> None:
    teller.scene(f"The invoices: the highest {_HIGHEST}, and those with a story")
    ranked = sorted(played.month.charges, key=lambda charge: -charge.invoice.total_yen)
    told = ranked[:_HIGHEST] + [c for c in ranked[_HIGHEST:] if c.member.role != "steady"]
    teller.table(
        [_row(charge) for charge in told], head=("No.", "plan", "calls", "billable", "yen with tax", "subscriber")
    )


def _row(charge: Charge) -> list[str]:
    story = "" if charge.member.role == "steady" else f"  ({charge.member.role})"
    return [f"{charge.invoice.number}", charge.member.plan, f"{charge.calls:,}", f"{charge.billable:,}",
            f"{charge.invoice.total_yen:>9,}", f"{charge.member.slug} {charge.member.announced}{story}"]  # fmt: skip


def _money(teller: Teller, played: Played) -> None:
    teller.scene("The money")
    paid, bank = played.paid, played.bank
    unknown = {left["payment"] for left in played.left}
    rules = Counter(line["result"] for line in paid["lines"] if line["payment"] not in unknown)
    teller.note(("1 Dec, bank file: ", "bold"), f"{paid['new']} transfers, {paid['matched']} matched by rules")
    for rule, count in rules.most_common():
        teller.note(f"  {count:>3} by {rule}")
    for left in played.left:
        perhaps = ", ".join(map(str, left["perhaps"]))
        teller.note(f"  {left['why']} (¥{left['yen']:,}); suggested: invoice {perhaps}; assigned by hand")
    teller.note(f"  invoice {bank.short.number} is short by the bank's fee: borne by the operator")
    for sent in (one for run in played.reminders for one in run):
        last = ", the last one: operations decide" if sent["is_last"] else ""
        teller.note(f"  reminder {sent['step']} to {sent['subscriber']}: ¥{sent['open_yen']:,} open{last}")
    for charged in played.interest:
        teller.note(
            f"  late interest to 31 Dec for {charged['subscriber']}: ¥{charged['yen']:,} (14.6 % a year), document "
            f"{charged['number']}"
        )


def _sums(teller: Teller, played: Played) -> bool:
    teller.scene("What must agree")
    reconciled = played.reconciled
    agreed = [*played.agreed, Agreed(
        f"{reconciled['records']:,} call records of the switch = cases = judgements on {reconciled['days']} days; "
        f"open differences: {reconciled['open']}", not reconciled["open"] and not reconciled["differences"]),
        Agreed(f"alarms: {len(played.alarms)}", not played.alarms)]  # fmt: skip
    for one in agreed:
        teller.note(_GOOD if one.holds else _BAD, one.what)
    for alarm in played.alarms[:5]:
        teller.note(alarm)
    return all(one.holds for one in agreed)


def _look_on(teller: Teller, played: Played, picture: Path, typed: str) -> None:
    teller.scene("Look on")
    teller.table(
        [["picture", _near(picture)], *(["invoice", _near(paper)] for paper in played.papers),
         ["and", f"{typed} invoice explain {played.invoices[0].number} included"],
         ["", f"{typed} contract history {played.members[1].slug}"], ["", f"{typed} books summary"],
         ["", f"{typed} complaint list"]],
        bold_first=True,
    )  # fmt: skip


def _near(path: Path) -> str:
    """As one types it from here."""
    return min(os.path.relpath(path), str(path), key=len)
