"""An office on SQLite whose day is set by hand; announced names are not spoken."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from smartdesk_pbx.clock import Clock
from smartdesk_pbx.contract.application import FORM
from smartdesk_pbx.contract.month import midnight
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.ids import Ids
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.office import voice
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import as_json, perform
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import contract, outbox, terms
from smartdesk_pbx.store.seal import Sealer
from smartdesk_pbx.store.session import Store
from tests.furniture import empty_database

TERMS = "2024-01-01"


def noon(day: str) -> datetime:
    """Noon in Tokyo."""
    return midnight(date.fromisoformat(day)) + timedelta(hours=12)


@dataclass
class Bureau:
    """`at` is the time of every clock."""

    office: Office
    at: datetime
    spoken: list[str] = field(default_factory=list)
    forgotten: list[str | None] = field(default_factory=list)

    async def ask(self, operation: str, **params: object) -> Any:
        """The answer as JSON."""
        return as_json(await perform(self.office, operation, params))

    def day(self, text: str) -> None:
        self.at = noon(text)

    async def letters(self) -> list[outbox.Letter]:
        """All letters that were queued, oldest first."""
        queued = await self.office.store.read(outbox.listing)
        return [await self.office.store.read(lambda c, i=one.id: outbox.open_letter(c, self.office.sealer, i))  # type: ignore[misc]
                for one in sorted(queued, key=lambda q: q.created_at)]  # fmt: skip

    async def screened(self, text: str = FORM) -> str:
        """An application that may be approved; its id."""
        id = str((await self.ask("application.add", text=text))["application"])
        await self.ask("application.identify", application=id, document="company-register", method="by-post")
        await self.ask("application.screen", application=id, method="newspapers", result="clear")
        return id

    async def formed(self) -> str:
        """A contract of subscriber aozora that is being set up; its id."""
        return str((await self.ask("application.approve", application=await self.screened()))["contract"])

    async def live(self) -> str:
        """The same, live."""
        id = await self.formed()
        await self.ask("contract.live", contract=id, override="test")
        return id


@asynccontextmanager
async def open_bureau(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    """A bureau with two plans and one version of the terms, on 2026-11-20."""
    settings = Settings(home=home)
    settings.database_file.write_bytes(empty_database())
    made: list[Bureau] = []
    store = Store.open(settings, inline=True, now=lambda: made[0].at, check=False)
    keys = load_keys(home)
    sealer = Sealer(keys.master, keys.installation)
    bureau = Bureau(Office(settings, keys, store, sealer, Clock(lambda: made[0].at), Ids()), noon("2026-11-20"))
    made.append(bureau)

    async def speak(_: Office, name: str, __: str = "") -> str:
        bureau.spoken.append(name)
        return "nspoken"

    monkeypatch.setattr(voice, "speak", speak)
    monkeypatch.setattr(voice, "read_out", speak)
    monkeypatch.setattr(voice, "forget", lambda _, *prompts: bureau.forgotten.extend(prompts))

    def seed(c: Any) -> None:
        for name in ("standard", "big"):
            contract.put_plan(c, id=name, name=name.title(), settings={}, rules=standard_plan().rules)
        terms.add(
            c, sealer, version=TERMS, title="利用規約", text="第1条", effective_on=date(2024, 1, 1), at=bureau.at,
            by="test", notice_id=uuid4(),
        )  # fmt: skip

    await store.run(seed)
    yield bureau
    await store.close()
