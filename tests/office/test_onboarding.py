"""R9: the checklist as the store shows it, from nothing to live."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from smartdesk_pbx.contract import events
from smartdesk_pbx.errors import Mistakes
from smartdesk_pbx.store import flow, ledger, number, turn
from smartdesk_pbx.store.facts import Group, encode
from smartdesk_pbx.store.routing_version import version
from smartdesk_pbx.store.seal import CaseKey
from tests.office.bureau import Bureau, open_bureau
from tests.store.office import tree

PHONE = "+815011112222"


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    async with open_bureau(tmp_path, monkeypatch) as one:
        yield one


async def still_open(bureau: Bureau, contract: str) -> list[str]:
    items = (await bureau.ask("contract.onboarding", contract=contract))["items"]
    return [one["item"] for one in items if not one["ready"]]


def built(bureau: Bureau, prompt: str) -> None:
    file = bureau.office.catalogue.path("ja", prompt)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\0")


async def call(
    bureau: Bureau, contract: str, *, caller: str = PHONE, decision: str = "accepted", answered: bool = True
) -> None:
    """A call to the contract that has ended, by now."""
    sealer, id, at = bureau.office.sealer, uuid4(), bureau.at
    arrived: dict[str, Any] = {
        "number": "+81312340001", "subscriber_id": None, "contract_id": UUID(contract), "plan": "standard",
        "flow": "demo", "flow_version": 1, "decision": decision, "node": "n1", "channel": "PJSIP/x",
        "caller_class": "number", "caller_key": sealer.caller_key(caller), "caller": None,
    }  # fmt: skip
    facts: list[events.CaseEvent] = [events.CallArrived(call_id=id, at=at, **arrived)]
    facts += [events.CallAnswered(call_id=id, at=at)] if answered else []
    facts += [events.CallEnded(call_id=id, at=at, by="caller", outcome="self_service")]

    def case_key(of: UUID) -> CaseKey:
        return sealer.new_case_key(of, uuid4())

    rows = tuple(encode(fact, f"{id}/{n}", sealer, case_key) for n, fact in enumerate(facts))
    await bureau.office.store.run(lambda c: ledger.commit(c, [Group(rows, None)], at))


async def test_r9_the_checklist_passes_item_by_item(bureau: Bureau) -> None:
    contract = await bureau.formed()
    rest = ["number", "flow", "prompts", "announced-name", "hours", "test-call"]
    assert await still_open(bureau, contract) == rest, "emergency number and targets stand in the application"

    def assigned(c: Connection) -> None:
        number.assign(c, "+81312340001", UUID(contract), id=uuid4(), at=bureau.at)

    await bureau.office.store.run(assigned)
    assert await still_open(bureau, contract) == rest[1:]

    def published(c: Connection) -> None:
        new = flow.publish(c, id=uuid4(), text="", tree=tree(), at=bureau.at)
        turn.add(c, "+81312340001", new.id, id=uuid4(), kind="publish", made_at=bureau.at, by="test")

    await bureau.office.store.run(published)
    assert await still_open(bureau, contract) == rest[2:]
    built(bureau, "bye")
    assert await still_open(bureau, contract) == rest[3:]
    built(bureau, "nspoken")
    assert await still_open(bureau, contract) == rest[4:]
    await bureau.ask("contract.set", contract=contract, settings=["answering_hours=mon-fri 09:00-18:00"])
    assert await still_open(bureau, contract) == ["test-call"]
    with pytest.raises(Mistakes, match="test-call: not ready"):
        await bureau.ask("contract.live", contract=contract)
    await bureau.ask("contract.set", contract=contract, settings=[f"test_callers={PHONE}"])
    await call(bureau, contract)
    before = await bureau.office.store.read(version)
    answer = await bureau.ask("contract.live", contract=contract)
    assert (answer["ready"], answer["live_on"]) == (True, "2026-11-20")
    assert (await bureau.ask("contract.show", contract=contract))["state"] == "active"
    assert await bureau.office.store.read(version) > before, "the next call is answered"
    assert "サービスをご利用いただける" in (await bureau.letters())[-1].body


@pytest.mark.parametrize(
    "call_by",
    [{"caller": "+815099998888"}, {"decision": "onboarding"}, {"answered": False}],
    ids=["somebody else", "not let in", "not answered"],
)
async def test_r9_what_is_no_test_call(bureau: Bureau, call_by: dict[str, Any]) -> None:
    contract = await bureau.formed()
    await bureau.ask("contract.set", contract=contract, settings=[f"test_callers={PHONE}"])
    await call(bureau, contract, **call_by)
    assert "test-call" in await still_open(bureau, contract)
    await call(bureau, contract)
    assert "test-call" not in await still_open(bureau, contract)


async def test_r9_a_contract_opened_by_operations_says_so(bureau: Bureau) -> None:
    await bureau.ask("application.approve", application=await bureau.screened())
    answer = await bureau.ask("contract.add", subscriber="aozora", plan="big")
    assert answer["state"] == "active" and answer["live_on"] == "2026-11-20"
    history = await bureau.ask("contract.history", contract=answer["contract"])
    assert [(s["kind"], s["reason"]) for s in history] == [("formed", None), ("went_live", "opened by operations")]
