"""What happens to contracts in the month (R4, R8, R9, R12, R13, R18, R19): operations, each on its day."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.contract.numbers import e164
from smartdesk_pbx.trial.month.before import application, apply, form, test_call
from smartdesk_pbx.trial.month.bureau import Bureau
from smartdesk_pbx.trial.month.cast import Member, role_of
from smartdesk_pbx.trial.month.visits import TESTER

REVOKED = "株式会社やみくも"
"""Stands on the list of parties whose use was revoked before (R4.2 ③)."""


@dataclass(frozen=True)
class Happening:
    """Something that operations do. `do` gives what became of it in one line."""

    at: datetime
    article: str
    do: Callable[[], Awaitable[str]]


def happenings(bureau: Bureau, members: Sequence[Member]) -> list[Happening]:
    """All of them in order."""
    life = _Lives(bureau, members)
    found = [
        Happening(_at(2, 11), "R4.2", life.refuse_a_revoked_party),
        Happening(_at(7, 15), "R4.2", life.refuse_wrong_details),
        Happening(_at(12, 9), "R13", life.announce_maintenance),
        Happening(_at(13, 10), "R4.3", life.form_the_new_one),
        Happening(_at(14, 11), "R9", life.go_live),
        Happening(_at(15, 16), "R12", life.change_plan),
        Happening(_at(20, 14), "R18", life.cancel),
        Happening(_at(22, 10), "R8.4", life.suspend),
        Happening(_at(23, 15), "R19", life.terminate),
        Happening(_at(27, 17), "R18", life.cancel_late),
        Happening(_at(29, 13), "R4.1", life.another_application),
        Happening(_at(30, 18), "R7.2", life.correct_a_judgement),
    ]
    return sorted(found, key=lambda one: one.at)


def _at(day: int, hour: int) -> datetime:
    return datetime(2026, 10, day, hour, 5, tzinfo=TOKYO)


class _Lives:
    def __init__(self, bureau: Bureau, members: Sequence[Member]) -> None:
        self._ask, self._bureau, self._members = bureau.ask, bureau, members

    def _stranger(self, slug: str, name: str) -> Member:
        return replace(role_of(self._members, "new"), slug=slug, name=name, announced=name.removeprefix("株式会社"))

    async def refuse_a_revoked_party(self) -> str:
        await self._ask("party.add", name=REVOKED, code="19.1-11", reason="提携先での取消し")
        made = await self._ask("application.add", text=application(self._stranger("x01", REVOKED)))
        await self._refuse(made["application"], "4.2-3", "取消しの一覧に一致")
        return f"application of {REVOKED}: flagged by {', '.join(made['flags'][0]['by'])}, refused (4.2 ③, kept inside)"

    async def refuse_wrong_details(self) -> str:
        wrong = ("x02", "株式会社からふね", "4.2-2", "登記と所在地が一致しない")
        other = ("x03", "株式会社くもがくれ", "4.2-5", "業務内容の説明がない")
        for slug, name, code, why in (wrong, other):
            made = await self._ask("application.add", text=application(self._stranger(slug, name)))
            await self._refuse(made["application"], code, why)
        return "two more applications refused: wrong details (4.2 ②), other reasons (4.2 ⑤)"

    async def _refuse(self, id: str, code: str, reason: str) -> None:
        await self._ask("application.refuse", application=id, code=code, reason=reason)

    async def announce_maintenance(self) -> str:
        shown = await self._ask(
            "notice.add", kind="maintenance", subject="設備の定期点検", text="下記の時間、受付を休止いたします。",
            from_="2026-10-16 13:00", to="2026-10-16 14:00",
        )  # fmt: skip
        return f"maintenance on the 16th from 13:00 to 14:00 announced: {shown['told']} subscribers told beforehand"

    async def form_the_new_one(self) -> str:
        new = role_of(self._members, "new")
        await form(self._bureau, new, await apply(self._bureau, new))
        await self._ask("contract.set", contract=new.slug, settings=[f"test_callers={e164(TESTER, 'JP')}"])
        return f"{new.slug} formed in the middle of the month: the fee of October is not prorated (R15)"

    async def go_live(self) -> str:
        new = role_of(self._members, "new")
        await test_call(self._bureau, new)
        await self._bureau.house.writer.drained()
        items = (await self._ask("contract.live", contract=new.slug))["items"]
        return f"{new.slug} made its test call; {len(items)} of {len(items)} items ready: live"

    async def change_plan(self) -> str:
        who = role_of(self._members, "changes-plan").slug
        done = await self._ask("contract.change-plan", contract=who, plan="standard")
        return f"{who} asks for plan standard: in force from {done['effective_on']}"

    async def cancel(self) -> str:
        who = role_of(self._members, "cancels").slug
        oracle = (await self._ask("contract.when", contract=who, what="cancel"))["now"]
        done = await self._ask("contract.cancel", contract=who)
        same = (done["effective_on"], done["fee_yen"]) == (oracle["effective_on"], oracle["fee_yen"])
        said = "as `contract when` said" if same else "not what `contract when` said"
        return f"{who} cancels by the 25th: ends on {done['effective_on']}, fee {done['fee_yen']:,} yen, {said}"

    async def cancel_late(self) -> str:
        who = role_of(self._members, "cancels-late").slug
        done = await self._ask("contract.cancel", contract=who)
        return f"{who} cancels after the 25th: ends on {done['effective_on']} only"

    async def suspend(self) -> str:
        dossier = (await self._ask("complaint.list", state="open"))[0]
        await self._ask("complaint.decide", dossier=dossier["dossier"], suspend=True, reason="苦情が繰り返されたため")
        who = dossier["subscriber"]
        return f"{who}: {dossier['complaints']} complaints, a breach is deemed; suspended on the dossier"

    async def terminate(self) -> str:
        who = role_of(self._members, "insolvent").slug
        await self._ask("contract.terminate", contract=who, code="19.1-4", reason="不渡りを出した")
        return f"{who} has stopped paying its debts: terminated (19.1 ④), all it owes is due at once"

    async def another_application(self) -> str:
        made = await self._ask("application.add", text=application(self._stranger("x04", "株式会社こがねむし")))
        id = made["application"]
        await self._ask("application.identify", application=id, document="company-register", method="by-post")
        return "another application is still being checked at the end of the month"

    async def correct_a_judgement(self) -> str:
        rows = await self._ask("case.list", limit=2000)
        case = next(row for row in rows if row["rule"] == "sales")
        done = await self._ask(
            "case.reclassify", case=case["case_id"], case_class="human", units=1, because="取引先からの電話だった"
        )
        return f"a sales call was a client's after all: a further entry says {done['case_class']}, 1 unit"
