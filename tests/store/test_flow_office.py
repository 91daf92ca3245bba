"""The life of a number's flow by the operations of the office, on both databases."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from smartdesk_pbx.office.registry import as_json, perform
from smartdesk_pbx.store import snapshot
from tests.office.flows import variant
from tests.office.sounds import pretend_prompts
from tests.store.keeping import NUMBER, House


async def ask(house: House, operation: str, **params: object) -> Any:
    return as_json(await perform(house.office, operation, params))


def live(house: House) -> int | None:
    return house.store.read_now(lambda c: snapshot.load(c, house.now)).routes[NUMBER].flow_version


async def states(house: House) -> Sequence[tuple[int, str]]:
    return [(one["version"], one["state"]) for one in await ask(house, "flow.history", number=NUMBER)]


async def test_published_scheduled_called_off_rolled_back_and_closed(house: House) -> None:
    pretend_prompts(house.office.settings)
    for n in (1, 2):
        said = await ask(house, "flow.publish", text=variant(n), numbers=[NUMBER])
        assert said["proofs"][0]["proved"]
        house.now += timedelta(minutes=1)
    for minutes in (10, 20):
        at = (house.now + timedelta(minutes=minutes)).isoformat()
        await ask(house, "flow.schedule", draft={"text": variant(3)}, numbers=[NUMBER], at=at)
    await ask(house, "flow.unschedule", number=NUMBER, at=at)
    assert await states(house) == [(3, "withdrawn"), (3, "coming"), (2, "live"), (1, "past")]
    assert len((await ask(house, "flow.timeline", number=NUMBER, days=2))["moments"]) > 1
    await ask(house, "flow.rollback", number=NUMBER)
    assert live(house) == 1
    house.now += timedelta(minutes=10)
    assert live(house) == 3
    assert (await ask(house, "flow.at", number=NUMBER))["version"] == "shop@3"
    await ask(house, "flow.close", number=NUMBER, reason="typhoon")
    assert (await ask(house, "flow.at", number=NUMBER))["calendars"][0]["value"] == "closed"
    await ask(house, "flow.reopen", number=NUMBER)
    assert (await ask(house, "flow.diff", old={"version": "shop@1"}, new={"version": "shop"}))["changes"] == [
        ["flow", "begins at tag-3 instead of tag-1"], ["tag tag-3", "is new"], ["tag tag-1", "is gone"],
    ]  # fmt: skip
