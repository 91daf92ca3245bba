"""Publishing: every number or none, nothing that check or prove has something against, unless it is forced."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smartdesk_pbx.office import flow_proof
from smartdesk_pbx.store import agent, subscriber
from tests.office.bureau import Bureau
from tests.office.flows import ONE, SHOP, SILENT, THREE, TWO, live, open_desk, refused

SHARED = """\
flow: note
languages: [ja]
start: message
nodes:
  message: {kind: record, next: done, on_silence: done}
  done: {kind: exit}
"""

CALLER = """\
flow: caller
languages: [ja]
start: take
nodes:
  take: {kind: call, flow: note, exits: {done: bye}}
  bye: {kind: hangup}
"""

RING = """\
flow: ring
languages: [ja]
start: owner
nodes:
  owner: {kind: ring, to: ["+819000000001"], next: bye, on_no_answer: message}
  message: {kind: record, next: bye, on_silence: bye}
  bye: {kind: hangup}
"""

LOOKUP = """\
flow: look
languages: [ja]
start: ask
nodes:
  ask: {kind: lookup, url: "https://crm.example/who", prompts: [please-hold], answers: {vip: bye}, otherwise: message}
  message: {kind: record, next: bye, on_silence: bye}
  bye: {kind: hangup}
"""


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    async with open_desk(tmp_path, monkeypatch) as one:
        yield one


async def test_what_was_proved_is_said(bureau: Bureau) -> None:
    said = await bureau.ask("flow.publish", text=SHOP, numbers=["0312345001", TWO, THREE], by="taro")
    assert (said["flow"], said["version"], said["numbers"], said["broken"]) == ("shop", 1, [ONE, TWO, THREE], [])
    (proof,) = said["proofs"]
    assert (proof["numbers"], proof["proved"]) == ([ONE, TWO, THREE], True), "all are agreed alike: one proof"
    assert proof["states"] > 5 and proof["longest_s"] > 60
    assert proof["longest"][1][1] == "hears: shop-menu" and proof["longest"][-1][1] == "ends: done"
    assert await live(bureau) == {ONE: "shop@1", TWO: "shop@1", THREE: "shop@1"}
    (listed,) = await bureau.ask("flow.list")
    assert (listed["by"], listed["numbers"], [one["version"] for one in listed["live"]]) == (
        "taro", [ONE, TWO, THREE], [1, 1, 1],
    )  # fmt: skip


async def test_r3_numbers_under_other_settings_are_proved_apart(bureau: Bureau) -> None:
    await bureau.ask("contract.set", contract="midori", settings=["direct_transfer_threshold=5"])
    said = await bureau.ask("flow.publish", text=SHOP, numbers=[ONE, THREE, TWO])
    assert [proof["numbers"] for proof in said["proofs"]] == [[ONE, TWO], [THREE]]


async def test_all_numbers_or_none(bureau: Bureau) -> None:
    """The second number refuses the flow: the first one keeps what it had, and no version was made."""
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    await bureau.ask("contract.set", contract="aozora", settings=["allowed_destinations=+8190"])
    assert "midori" in (await refused(bureau, "flow.publish", text=RING, numbers=[ONE, THREE]))[0]
    assert await refused(bureau, "flow.publish", text=SHOP + "# x\n", numbers=[ONE, "+81312349999"]) == [
        "+81312349999 is not assigned"
    ]
    assert await live(bureau) == {ONE: "shop@1", TWO: None, THREE: None}
    assert [(one["flow"], one["version"]) for one in await bureau.ask("flow.list")] == [("shop", 1)]


async def test_a_number_taken_back_during_the_proof_leaves_nothing_behind(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove = flow_proof.proved

    async def slow(*given: object) -> object:
        await bureau.ask("number.release", number=TWO)
        return await prove(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("smartdesk_pbx.office.flow_gate.proved", slow)
    assert await refused(bureau, "flow.publish", text=SHOP, numbers=[ONE, TWO]) == [f"{TWO} is not assigned"]
    assert await live(bureau) == {ONE: None, THREE: None} and await bureau.ask("flow.list") == []


# ---- what is refused ---------------------------------------------------------------------------


async def test_what_prove_has_against_it_is_told_as_a_conversation(bureau: Bureau) -> None:
    said = await refused(bureau, "flow.publish", text=SILENT, numbers=[ONE])
    assert said[0] == "shop is not published:"
    assert said[1].startswith(f"{ONE}: at node 'hours' a caller can reach no human and leave no message any more")
    assert any(line.startswith("  - ") for line in said[2:-1])
    assert said[-1] == "it can be forced: --force --reason REASON, which stands with it for good"


async def test_it_can_be_forced_with_a_reason_that_stays(bureau: Bureau) -> None:
    assert await refused(bureau, "flow.publish", text=SILENT, numbers=[ONE], force=True) == [
        "--force needs --reason: why is it to go live although something is wrong with it?"
    ]
    said = await bureau.ask("flow.publish", text=SILENT, numbers=[ONE], force=True, reason="owner insists", by="taro")
    (broken,) = said["broken"]
    assert "can reach no human" in broken and not said["proofs"][0]["proved"]
    (version,) = await bureau.ask("flow.versions", flow="shop")
    assert (version["forced"], version["broken"]) == ("owner insists", [broken])
    (turn,) = await bureau.ask("flow.history", number=ONE)
    assert (turn["reason"], turn["broken"], turn["by"]) == ("owner insists", [broken], "taro")
    (trace,) = [one for one in await bureau.ask("audit.list") if one["operation"] == "flow.publish"]
    assert (trace["why"], trace["about"]) == ("owner insists", {"numbers": ONE})


async def test_force_without_need_is_an_ordinary_publication(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE], force=True, reason="just in case")
    (version,) = await bureau.ask("flow.versions", flow="shop")
    assert (version["forced"], version["broken"]) == (None, [])


async def test_mistakes_are_told_with_their_lines_and_cannot_be_forced(bureau: Bureau) -> None:
    text = SHOP.replace("on_silence: person", "on_silence: persn").replace(
        "prompts: [shop-menu]", "prompts: [shop-men]"
    )
    said = await refused(bureau, "flow.publish", text=text, file="shop.yaml", numbers=[ONE], force=True, reason="x")
    assert said == [
        "shop.yaml:10: there is no prompt 'shop-men' in language 'ja' (did you mean 'shop-menu'?)",
        "shop.yaml:12: there is no node 'persn' (did you mean 'person'?)",
    ]


async def test_a_key_that_is_told_and_does_nothing_is_broken_wherever_it_goes_live(bureau: Bureau) -> None:
    text = SHOP.replace(', "3": message', "")
    dead = "shop.yaml:10: menu 'menu' tells callers to press 3 (in ja), and that key does nothing there"
    assert (await refused(bureau, "flow.publish", text=text, file="shop.yaml", numbers=[ONE]))[1].startswith(dead)
    assert (await refused(bureau, "flow.check", text=text, file="shop.yaml"))[0].startswith(dead)
    await bureau.ask("flow.publish", text=text, force=True, reason="the recording is changed tomorrow")
    later = await refused(bureau, "flow.schedule", version="shop@1", numbers=[ONE], at="2026-12-01 09:00")
    assert later[1].startswith(dead.replace("shop.yaml", "shop@1"))
    assert (await refused(bureau, "number.add", contract="aozora", flow="shop"))[1].startswith("shop@1:10: menu")


async def test_a_key_that_nobody_tells_is_advice(bureau: Bureau) -> None:
    text = SHOP.replace('"3": message', '"3": message, "9": bye')
    said = "flow.yaml:11: no prompt of menu 'menu' tells callers of key 9 (in ja) (say it, unless nobody should know)"
    assert (await bureau.ask("flow.check", text=text))["advice"] == [said]
    assert (await bureau.ask("flow.publish", text=text, numbers=[ONE]))["advice"] == [said]


async def test_a_language_without_recordings_is_refused(bureau: Bureau) -> None:
    text = SHOP.replace("languages: [ja]", "languages: [ja, zh]")
    said = await refused(bureau, "flow.publish", text=text, numbers=[ONE])
    assert said == ["flow.yaml:2: there are no prompts in language 'zh' (one of en, ja)"]


async def test_a_language_that_the_subscriber_does_not_speak_is_broken(bureau: Bureau) -> None:
    text = SHOP.replace("languages: [ja]", "languages: [en]")
    said = await refused(bureau, "flow.publish", text=text, numbers=[ONE])
    assert f"{ONE}: aozora is answered in 'ja', and the flow speaks en alone" in said


async def test_numbers_outside_must_be_allowed_by_the_contract(bureau: Bureau) -> None:
    assert await refused(bureau, "flow.publish", text=RING, numbers=[ONE], force=True, reason="x") == [
        "node 'owner' rings +819000000001 (contract of aozora): that number may not be rung: allowed_destinations are "
        "none (smartdesk contract set aozora allowed_destinations=+8190,+8180)"
    ]
    await bureau.ask("contract.set", contract="aozora", settings=["allowed_destinations=+8190"])
    assert (await bureau.ask("flow.publish", text=RING, numbers=[ONE]))["version"] == 1


async def test_r2_1b_extensions_are_refused_by_name_until_there_are_any(bureau: Bureau) -> None:
    text = RING.replace('to: ["+819000000001"]', "extensions: [kitchen]")
    assert await refused(bureau, "flow.publish", text=text, numbers=[ONE], force=True, reason="x") == [
        "node 'owner' rings extension 'kitchen': the IP-PBX part is not there yet"
    ]
    assert await refused(bureau, "flow.publish", text=text), "nor without a number"


async def test_systems_that_are_asked_must_be_listed(bureau: Bureau) -> None:
    assert await refused(bureau, "flow.publish", text=LOOKUP, numbers=[ONE]) == [
        "node 'ask' asks (contract of aozora): crm.example may not be asked: lookup_hosts are none "
        "(smartdesk contract set aozora lookup_hosts=crm.example)"
    ]
    await bureau.ask("contract.set", contract="aozora", settings=["lookup_hosts=crm.example"])
    await bureau.ask("flow.publish", text=LOOKUP, numbers=[ONE])


async def test_a_shared_flow_answers_no_number_and_must_be_published_before_it_is_called(bureau: Bureau) -> None:
    assert await refused(bureau, "flow.publish", text=SHARED, numbers=[ONE]) == [
        "note has exits: other flows call it (kind: call); it answers no number itself"
    ]
    assert await refused(bureau, "flow.publish", text=CALLER, numbers=[ONE]) == [
        "flow.yaml:5: there is no shared flow 'note' (publish it first, or put its file beside this)"
    ]
    await bureau.ask("flow.publish", text=SHARED)
    await bureau.ask("flow.publish", text=CALLER, numbers=[ONE])
    await bureau.ask("flow.publish", text=SHARED.replace("next: done", "next: done, most_s: 60"))
    assert await live(bureau) == {ONE: "caller@1", TWO: None, THREE: None}, "it keeps the version it was linked with"
    again = await bureau.ask("flow.publish", text=CALLER, numbers=[ONE])
    assert again["version"] == 2, "the same text with another shared flow is another version"
    diff = await bureau.ask("flow.diff", old={"version": "caller@1"}, new={"version": "caller"})
    assert diff["changes"] == [
        ["flow", "calls the shared flow note@2 instead of note@1"],
        ["record take.message", "most (seconds): 60 instead of 120"],
    ]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"numbers": ["110"]}, "number: '110' is no telephone number (write 0312345678 or +81312345678)"),
        ({"numbers": ["+81312349999"]}, "+81312349999 is not assigned"),
        ({"reason": "two\nlines", "numbers": []}, "reason: String should match pattern '^[^\\r\\n]*$'"),
    ],
)
async def test_what_is_no_publication(bureau: Bureau, params: dict[str, object], told: str) -> None:
    assert await refused(bureau, "flow.publish", **{"text": SHOP} | params) == [told]
    assert await bureau.ask("flow.list") == []


# ---- what is advised ---------------------------------------------------------------------------


async def test_teams_and_lists_that_nobody_knows_are_advice(bureau: Bureau) -> None:
    text = SHOP.replace("{kind: escalate,", "{kind: escalate, team: sales,").replace(
        "hours: {kind", "who: {kind: caller, cases: [{list: vip, next: person}], otherwise: hours}\n  hours: {kind"
    ).replace("start: hours", "start: who")  # fmt: skip
    said = await bureau.ask("flow.publish", text=text, numbers=[ONE])
    assert said["advice"] == [
        "node 'person': nobody is in team 'sales'",
        "node 'who': nobody is on list 'vip' of aozora (smartdesk caller add NUMBER --list vip --contract aozora)",
    ]
    await bureau.office.store.run(
        lambda c: agent.add(c, id="a", name="A", team="sales", digest_md5="", digest_sha256="", at=bureau.at)
    )
    added = await bureau.ask("caller.add", caller="09012345678", list="vip", contract="aozora")
    assert added["unasked"] == []
    assert (await bureau.ask("flow.publish", text=text + "# again\n", numbers=[ONE]))["advice"] == []


# ---- other ways to a number --------------------------------------------------------------------


async def test_a_number_is_not_assigned_with_a_flow_that_does_not_fit(bureau: Bureau) -> None:
    await bureau.ask("flow.publish", text=SILENT, force=True, reason="x")
    said = await refused(bureau, "number.add", number="+81312345004", contract="aozora", flow="shop")
    assert said[0] == "shop@1 does not fit aozora:" and "can reach no human" in said[1]
    assert said[-1] == "assign the number without a flow, then smartdesk flow schedule or publish can force it"
    await bureau.ask("flow.publish", text=RING)
    assert "may not be rung" in (await refused(bureau, "number.add", contract="aozora", flow="ring"))[0]
    await bureau.ask("flow.publish", text=SHOP)
    await bureau.ask("number.add", number="+81312345004", contract="aozora", flow="shop")
    assert (await live(bureau))["+81312345004"] == "shop@2"


async def test_the_same_again_is_no_new_version_and_no_new_turn(bureau: Bureau) -> None:
    for _ in range(2):
        assert (await bureau.ask("flow.publish", text=SHOP, numbers=[ONE]))["version"] == 1
    assert len(await bureau.ask("flow.history", number=ONE)) == 1
    await bureau.ask("flow.publish", text=SHOP, numbers=[ONE], reason="once more, with a reason")
    assert len(await bureau.ask("flow.history", number=ONE)) == 2


async def test_a_flow_is_checked_with_what_lies_beside_its_file(bureau: Bureau) -> None:
    found = await bureau.ask("flow.check", text=CALLER, beside={"note": SHARED})
    assert (found["flow"], found["nodes"], found["advice"]) == (
        "caller", 4, ["the shared flow note is not published yet"],
    )  # fmt: skip
    await bureau.ask("flow.publish", text=SHARED)
    assert (await bureau.ask("flow.check", text=CALLER))["advice"] == []


async def test_a_long_search_is_made_in_a_process_of_its_own(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of the daemon go on meanwhile: its loop is free, and so is its processor."""
    monkeypatch.setattr(flow_proof, "QUICK_STATES", 3)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    counting = asyncio.create_task(count())
    said = await bureau.ask("flow.publish", text=SHOP, numbers=[ONE])
    counting.cancel()
    assert said["proofs"][0]["proved"] and turns > 5


async def test_r8_2_the_emergency_number_on_file_is_part_of_what_is_proved(bureau: Bureau) -> None:
    who = await bureau.office.store.read(lambda c: subscriber.get(c, "midori"))
    await bureau.office.store.run(
        lambda c: subscriber.set_emergency(c, bureau.office.sealer, who.id, number="+81398765432", prompt="e")
    )
    said = await bureau.ask("flow.publish", text=SHOP, numbers=[ONE, THREE])
    assert [proof["numbers"] for proof in said["proofs"]] == [[ONE], [THREE]]
