"""The agents of the month: their shifts, their phones, and what they write down after a talk."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random
from uuid import UUID

import jpholiday

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.rehearsal.people import RehearsedAgent
from smartdesk_pbx.trial.month.bureau import Bureau
from smartdesk_pbx.trial.month.visits import Visit

LEFT_OPEN = 0.06
"""So large a part of the talks is not written down before the wrap-up's time is over (R2.3)."""
BACK_S = 240.0
"""After a call that was missed the agent is back so much later."""

_MARKS = {"wrong-number": "wrong_number", "sales": "sales", "silent": "silent", "fax": "fax", "test": "test"}
_PURPOSES = ("お見積りの依頼", "予約の変更", "納期の問い合わせ", "担当者への伝言", "資料の請求", "料金の問い合わせ")
_NAMES = ("佐々木", "高橋", "渡辺", "中村", "小林", "加藤", "吉田", "山本", "井上", "木村")


@dataclass(frozen=True)
class Shift:
    """An agent's hours, on weekdays or on quiet days."""

    agent: str
    name: str
    begins: time
    ends: time
    weekdays: bool


SHIFTS = (
    Shift("aoi", "佐藤 葵", time(8, 30), time(17, 30), True),
    Shift("ren", "鈴木 蓮", time(9), time(18), True),
    Shift("yui", "高田 結衣", time(9, 30), time(18, 30), True),
    Shift("sora", "石井 空", time(12), time(21), True),
    Shift("haru", "森 春", time(9), time(18), False),
)


class Staff:
    """Everybody at the phones. Seeded: whether a phone is heard is drawn."""

    def __init__(self, bureau: Bureau, seed: int) -> None:
        self._bureau, self._random = bureau, Random(f"staff {seed}")

    async def hire(self) -> None:
        """Agents with phones that can be reached."""
        for shift in SHIFTS:
            await self._bureau.ask("agent.add", agent=shift.agent, name=shift.name)
            self._bureau.agents[shift.agent] = RehearsedAgent(shift.agent, after_s=4.0)
            self._bureau.house.desk.contact(shift.agent, True)

    def changes(self, days: Sequence[date]) -> list[tuple[datetime, str, str]]:
        """When who comes and goes: time, agent, `ready` or `offline`."""
        found = []
        for day in days:
            quiet = day.weekday() >= 5 or jpholiday.is_holiday(day)
            for shift in SHIFTS:
                if shift.weekdays != quiet:
                    found.append((datetime.combine(day, shift.begins, TOKYO), shift.agent, "ready"))
                    found.append((datetime.combine(day, shift.ends, TOKYO), shift.agent, "offline"))
        return sorted(found)

    async def change(self, agent: str, state: str) -> None:
        """An agent comes or goes, after the call that is under way."""
        while True:
            try:
                await self._bureau.ask(f"agent.{state}", agent=agent)
                return
            except RuleBroken:  # in a call
                await asyncio.sleep(30)

    def listen(self) -> None:
        """Before each call: does each phone get answered this time? One in forty rings in vain."""
        for phone in self._bureau.agents.values():
            phone.will = "no_answer" if self._random.random() < 0.025 else "answer"
            phone.after_s = self._random.uniform(2, 7)

    async def back_from_break(self) -> None:
        """Whoever missed a call, and was paused for it, is back."""
        await asyncio.sleep(BACK_S)
        for agent in await self._bureau.house.desk.agents():
            if agent.state == "paused" and (agent.reason or "").startswith("missed"):
                await self.change(agent.name, "ready")

    async def write_down(self, case_id: UUID, agent: str, visit: Visit) -> None:
        """R2.3: marks and primary response after a talk; some are left to the end of the wrap-up."""
        if visit.luck < LEFT_OPEN:
            await asyncio.sleep(self._bureau.house.settings.wrap_up_s + 1)
            return await self._bureau.sweep()
        await asyncio.sleep(self._random.uniform(8, 45))
        mark = "complaint" if visit.complains else _MARKS.get(visit.wish)
        if mark:
            await self._bureau.ask("case.mark", case=str(case_id), marks=[mark], by=agent)
        await self._bureau.ask("case.respond", case=str(case_id), by=agent, **self._answers(visit, mark))

    def _answers(self, visit: Visit, mark: str | None) -> dict[str, object]:
        if visit.wish in ("silent", "fax"):
            return {"not_heard": ["name", "phone", "callback", "purpose"]}
        if mark in ("wrong_number", "sales"):
            purpose = "間違い電話" if mark == "wrong_number" else "営業の電話"
            return {"purpose": purpose, "callback": "no", "refused": ["name", "phone"]}
        purpose = "苦情・要望" if visit.complains else self._random.choice(_PURPOSES)
        given: dict[str, object] = {"purpose": purpose, "name": self._random.choice(_NAMES)}
        given["callback"] = "yes" if self._random.random() < 0.6 else "no"
        return given | ({"phone": visit.caller} if visit.caller else {"refused": ["phone"]})
