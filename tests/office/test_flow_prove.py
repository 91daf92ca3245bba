"""The operations `flow.prove` and `flow.agreed`: a proof for whoever asks the office, under what was agreed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.office import flow_proof
from smartdesk_pbx.office.flow_prove import Lengths
from smartdesk_pbx.settings import Settings, share
from tests.office.bureau import Bureau, open_bureau

DEMO = (share("dialplans") / "flows" / "demo-reception.yaml").read_text("utf-8")
CALLER = """flow: caller
languages: [ja]
start: part
nodes:
  part: {kind: call, flow: shared, exits: {done: bye}}
  bye: {kind: hangup}
"""
SHARED = """flow: shared
languages: [ja]
start: a
nodes:
  a: {kind: record, next: b, on_silence: b}
  b: {kind: exit}
"""


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    async with open_bureau(tmp_path, monkeypatch) as open_one:
        yield open_one


async def test_a_text_is_proved_under_the_standard_plan(bureau: Bureau) -> None:
    proof = await bureau.ask("flow.prove", text=DEMO)
    assert (proof["verdict"], proof["flow"], proof["whose"]) == ("proved", "demo-reception", "plan standard")
    assert [one["holds"] for one in proof["properties"]] == [True] * 5
    assert proof["longest"]["steps"][0] == [0.0, 'hears: [welcome-generic, "@name"]']


async def test_a_long_search_is_made_in_a_process_of_its_own(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_proof, "QUICK_STATES", 20)
    proof = await bureau.ask("flow.prove", text=DEMO)
    assert proof["verdict"] == "proved" and proof["states"] > 20
    assert (await bureau.ask("flow.prove", text=DEMO, most_states=30))["verdict"] == "not proved"


async def test_shared_flows_beside_the_text_belong_to_it(bureau: Bureau) -> None:
    with pytest.raises(Mistakes, match="there is no shared flow 'shared'"):
        await bureau.ask("flow.prove", text=CALLER)
    proof = await bureau.ask("flow.prove", text=CALLER, beside={"shared": SHARED})
    assert proof["verdict"] == "proved" and sorted(proof["reached"]) == ["bye", "part.a"]
    with pytest.raises(RuleBroken, match="shared has exits"):
        await bureau.ask("flow.prove", text=SHARED)


async def test_r8_2_the_contract_says_the_threshold(bureau: Bureau) -> None:
    """R8.2: the threshold is the contract's own."""
    contract = await bureau.live()
    await bureau.ask("contract.set", contract=contract, settings=["direct_transfer_threshold=4"])
    await bureau.ask("number.add", number="0312345678", contract=contract)
    agreed = await bureau.ask("flow.agreed", number="0312345678")
    assert (agreed["numbers"], agreed["languages"]) == (["+81312345678"], ["ja"])
    assert agreed["settings"]["direct_transfer_threshold"] == 4
    assert (await bureau.ask("flow.agreed", contract="aozora"))["numbers"] == ["+81312345678"]
    says = [one["says"] for one in (await bureau.ask("flow.prove", text=DEMO, contract=contract))["properties"]]
    assert agreed["emergency"] and says[3].endswith("below the threshold of 4 requests")


async def test_one_agreement_at_a_time(bureau: Bureau) -> None:
    with pytest.raises(RuleBroken, match="plan and number: name one of them"):
        await bureau.ask("flow.agreed", plan="standard", number="0312345678")
    with pytest.raises(RuleBroken, match=r"\+81312345678 is not assigned"):
        await bureau.ask("flow.agreed", number="0312345678")


def test_a_prompt_that_nobody_wrote_is_not_heard(tmp_path: Path) -> None:
    lengths = Lengths(Settings(home=tmp_path))
    assert lengths("ja", "welcome-generic") > 1 and lengths("ja", "beep") == 0.5
    assert lengths("ja", "nobody-wrote-this") == lengths("xx", "welcome-generic") == 0
    assert lengths("ja", "@opens") > lengths("ja", "@time") > 0
    assert lengths("ja", "@emergency") == lengths("ja", "@number")
    assert lengths.estimated == ("welcome-generic (ja)",)
