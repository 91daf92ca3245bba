"""Flows of the office's tests, and the subscribers whose numbers they answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from smartdesk_pbx.errors import RuleBroken
from tests.office.bureau import Bureau, open_bureau
from tests.office.sounds import pretend_prompts

ONE, TWO, THREE = "+81312345001", "+81312345002", "+81312345003"

SHOP = """\
flow: shop
languages: [ja]
start: hours
calendars:
  shop: {weekly: ["mon-fri 09:00-18:00"]}
nodes:
  hours: {kind: hours, calendar: shop, open: menu, closed: message}
  menu:
    kind: menu
    prompts: [shop-menu]
    keys: {"1": info, "2": person, "3": message}
    on_silence: person
    on_wrong_key: person
  info: {kind: announce, prompts: [shop-hours], next: bye}
  person: {kind: escalate, next: bye, on_nobody: message}
  message: {kind: record, next: bye, on_silence: bye}
  bye: {kind: hangup}
"""

SILENT = SHOP.replace("{kind: escalate, next: bye, on_nobody: message}", "{kind: announce, prompts: [bye], next: bye}")
SILENT = SILENT.replace('"3": message', '"3": bye')
"""While the shop is open nobody can be reached, and no message be left: prove has that against it."""


def variant(n: int) -> str:
    """The shop with another greeting each time, so that each is a version of its own."""
    return SHOP.replace("start: hours", f"start: tag-{n}") + f"  tag-{n}: {{kind: tag, tags: [v{n}], next: hours}}\n"


@asynccontextmanager
async def open_desk(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    """A bureau with prompts; aozora has two numbers on plan standard, midori one on plan big."""
    async with open_bureau(home, monkeypatch) as bureau:
        pretend_prompts(bureau.office.settings)
        for slug, plan, numbers in (("aozora", "standard", (ONE, TWO)), ("midori", "big", (THREE,))):
            await bureau.ask("subscriber.add", subscriber=slug, name=slug.title(), announced_reading="x", plan=plan)
            for number in numbers:
                await bureau.ask("number.add", number=number, contract=slug)
        yield bureau


async def refused(bureau: Bureau, operation: str, **params: object) -> list[str]:
    """What is said against it, line by line."""
    with pytest.raises(RuleBroken) as broken:
        await bureau.ask(operation, **params)
    return str(broken.value).splitlines()


async def live(bureau: Bureau) -> dict[str, str | None]:
    """Which version answers each number now, as FLOW@VERSION."""
    found: Any = await bureau.ask("number.list")
    return {one["number"]: f"{one['flow']}@{one['flow_version']}" if one["flow"] else None for one in found}
