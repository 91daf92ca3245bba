"""The month from its first application to its last reminder, as it is told. Read it top to bottom."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.ledger import Asked, verify
from smartdesk_pbx.rehearsal.skipped import SkippedLoop
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.trial.month import before, money
from smartdesk_pbx.trial.month.bureau import Bureau, open_bureau
from smartdesk_pbx.trial.month.callers import act
from smartdesk_pbx.trial.month.cast import FIRST_DAY, Member, cast
from smartdesk_pbx.trial.month.figures import Agreed, Month, gather, sums
from smartdesk_pbx.trial.month.lives import Happening, happenings
from smartdesk_pbx.trial.month.staff import Staff
from smartdesk_pbx.trial.month.visits import Visit, visits

T = TypeVar("T")

DAYS = tuple(date(2026, 10, 1) + timedelta(days=n) for n in range(31))
SUBSCRIBERS = 50
SEED = 2026
BEGINS = datetime.combine(FIRST_DAY, time(9), TOKYO)
PAPERS = 5
"""So many invoices are printed."""

Progress = Callable[[date, int], None]
"""Told (the day that begins, calls so far)."""


@dataclass
class Played:
    """What came of it: the month's figures, the sums that must agree, and what was said on the way."""

    members: tuple[Member, ...]
    month: Month
    told: list[tuple[datetime, str, str]]
    early: Any
    dry: Any
    closed: Any
    again: Any
    invoices: list[money.Invoice]
    agreed: list[Agreed]
    papers: list[Path]
    bank: money.Bank
    paid: Any
    left: Any
    reminders: Any
    interest: Any
    reconciled: Any
    alarms: list[str]
    operations: int
    owed: Any


def play(
    settings: Settings, *, seed: int = SEED, subscribers: int = SUBSCRIBERS, days: Sequence[date] = DAYS,
    progress: Progress = lambda day, calls: None,
) -> Played:  # fmt: skip
    """Play the month in a new home, `settings.home`; calls come on `days` of October 2026.

    An earlier month there is taken away; raises `RuleBroken` for a home of anything else.
    """
    _make_room(settings.home)
    with asyncio.Runner(loop_factory=SkippedLoop) as runner:
        played = runner.run(_play(settings, seed, subscribers, days, progress))
    found = verify(settings, Asked(), lambda done, total: None)
    said = f"{found.entries:,} entries in {found.chains} chains of hashes recomputed: {found.breaks} breaks"
    played.agreed.append(Agreed(said, not found.breaks))
    return played


MARKER = "month.txt"


def _make_room(home: Path) -> None:
    if home.exists() and any(home.iterdir()):
        if not (home / MARKER).exists():
            raise RuleBroken(f"{home} holds something else than a simulated month: name another --home")
        shutil.rmtree(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = "A simulated month of invented subscribers and calls (smartdesk demo --month).\n"
    (home / MARKER).write_text(said, "utf-8")


async def _play(settings: Settings, seed: int, subscribers: int, days: Sequence[date], progress: Progress) -> Played:
    members = cast(seed, subscribers)
    async with open_bureau(settings, BEGINS) as bureau:
        staff = Staff(bureau, seed)
        await _before(bureau, members, staff)
        come = visits(seed, members, days)
        told = await _october(bureau, members, staff, come, days, progress)
        return await _after(bureau, members, told)


async def _before(bureau: Bureau, members: Sequence[Member], staff: Staff) -> None:
    await before.found(bureau)
    await staff.hire()
    for member in members:
        if member.role != "new":
            await before.take_over(bureau, member)


# ---- October ---------------------------------------------------------------------------------------------


async def _october(
    bureau: Bureau, members: Sequence[Member], staff: Staff, come: Sequence[Visit], days: Sequence[date],
    progress: Progress,
) -> list[tuple[datetime, str, str]]:  # fmt: skip
    """Every call, every agent's coming and going, every operation, every night, in order of time."""
    told: list[tuple[datetime, str, str]] = []
    running: set[asyncio.Task[None]] = set()
    failed: list[BaseException] = []

    def start(work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        running.add(task)
        task.add_done_callback(done)

    def done(task: asyncio.Task[None]) -> None:
        running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            failed.append(error)

    async def happen(one: Happening) -> None:
        told.append((one.at, one.article, await one.do()))

    async def night(day: date) -> None:
        progress(day, bureau.calls)
        await bureau.night()

    agenda: list[tuple[datetime, Callable[[], Coroutine[Any, Any, None]]]] = [
        *((v.at, lambda v=v: _call(bureau, staff, v)) for v in come),
        *((at, lambda a=a, s=s: staff.change(a, s)) for at, a, s in staff.changes(DAYS)),
        *((one.at, lambda one=one: happen(one)) for one in happenings(bureau, members)),
        *((datetime.combine(day, time(0, 5), TOKYO), lambda day=day: night(day)) for day in DAYS[1:]),
    ]
    for at, work in sorted(agenda, key=lambda pair: pair[0]):
        await bureau.until(at)
        if failed:
            raise failed[0]
        start(work())
    await bureau.until(money.tokyo(2026, 11, 1, 0, 1))
    while running:
        await asyncio.wait(running)
    if failed:
        raise failed[0]
    return sorted(told)


async def _call(bureau: Bureau, staff: Staff, visit: Visit) -> None:
    """One call with all that follows from it."""
    staff.listen()
    me, conversation = bureau.dial(visit.member.number, visit.caller, visit.member.own_number)
    acting = asyncio.create_task(act(me, visit, bureau.agents))
    case_id = await conversation
    await acting
    if me.talked_with:
        await staff.write_down(case_id, me.talked_with, visit)
    await staff.back_from_break()


# ---- November and later ----------------------------------------------------------------------------------


async def _after(bureau: Bureau, members: tuple[Member, ...], told: list[tuple[datetime, str, str]]) -> Played:
    early = await money.dry_run(bureau)  # the switch's records are not read to the end of the month yet
    await bureau.until(money.tokyo(2026, 11, 1, 0, 5))
    await bureau.night()
    await bureau.until(money.tokyo(2026, 11, 2))
    dry = await money.dry_run(bureau)
    closed, again = await money.close(bureau)
    found = await money.invoices(bureau)
    month = await gather(bureau, members, DAYS, found)
    agreed = await sums(bureau, month, bureau.calls)
    papers = await money.print_some(bureau, _chosen(members, found), bureau.office.settings.home / "invoices")
    for one in found:
        await bureau.ask("invoice.view", invoice=one.number)  # R16.1: what its subscriber has seen is owed
    bank = money.bank_file(found, {m.slug: m for m in members}, _odd(members, found))
    reminders = [await _remind(bureau, 11, 10), await _remind(bureau, 11, 24)]
    await bureau.until(money.tokyo(2026, 12, 1))
    await bureau.night()
    paid, left = await money.take_in(bureau, bank), await bureau.ask("payment.list", unmatched=True)
    await money.by_hand(bureau, bank)
    reminders.append(await _remind(bureau, 12, 8))
    await bureau.until(money.tokyo(2027, 1, 4))
    interest = await bureau.ask("receivable.interest", month="2026-12")
    owed = await bureau.ask("receivable.list", overdue=True)
    agreed.append(await _books(bureau))
    return Played(
        members, month, told, early, dry, closed, again, found, agreed, papers, bank, paid, left, reminders, interest,
        await _reconciled(bureau), bureau.alarms, bureau.asked, owed,
    )  # fmt: skip


async def _remind(bureau: Bureau, month: int, day: int) -> Any:
    """R16.2: whom a reminder goes to on a day."""
    await bureau.until(money.tokyo(2026, month, day))
    await bureau.night()
    return await bureau.ask("receivable.remind")


async def _books(bureau: Bureau) -> Agreed:
    books = await bureau.ask("books.check")
    return Agreed(
        f"after payments, interest and waivers: receivable {books['receivable_yen']:,} yen = what is open",
        not books["problems"],
    )


async def _reconciled(bureau: Bureau) -> dict[str, int]:
    days = [day for day in await bureau.ask("reconcile.days", limit=1000) if day["day"].startswith(money.MONTH)]
    return {name: sum(day[name] for day in days) for name in ("records", "cases", "entries", "differences", "open")} | {
        "days": len(days)
    }


def _chosen(members: Sequence[Member], found: Sequence[money.Invoice]) -> list[int]:
    """A few of each kind: the highest, the lowest, the new one, the cancelled one, the terminated one."""
    of_role = {m.slug: m.role for m in members}
    by_yen = sorted(found, key=lambda one: one.total_yen)
    wanted = [by_yen[-1].number, by_yen[0].number]
    wanted += [one.number for one in found if of_role[one.subscriber] in ("new", "cancels", "insolvent")]
    return list(dict.fromkeys(wanted))[:PAPERS]


def _odd(members: Sequence[Member], found: Sequence[money.Invoice]) -> list[money.Invoice]:
    """Short by the bank's fee, paid by somebody unknown, not paid at all: the last is the one that was terminated."""
    role = {m.slug: m.role for m in members}
    plain = [one for one in found if role[one.subscriber] in ("changes-plan", "cancels-late")]
    return [*plain[:2], next(one for one in found if role[one.subscriber] == "insolvent")]
