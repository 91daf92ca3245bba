"""R4.1-R4.3, R27: from the form to the notice, through the operations."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smartdesk_pbx.contract.application import FORM
from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.store import account, detail, subscriber, terms
from tests.office.bureau import TERMS, Bureau, open_bureau


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    async with open_bureau(tmp_path, monkeypatch) as one:
        yield one


async def test_r4_1_an_application_records_applicant_consent_and_identity(bureau: Bureau) -> None:
    text = FORM.replace('# at: "2026-11-22', 'at: "2026-11-19')
    id = (await bureau.ask("application.add", text=text, by="tanaka"))["application"]
    shown = await bureau.ask("application.show", application=id)
    assert shown["form"]["applicant"]["name"] == "株式会社あおぞら" and shown["state"] == "applied"
    assert (shown["terms"], shown["consented_at"], shown["form"]["consent"]["by"]) == (
        TERMS, "2026-11-19T01:00:00Z", "青空 太郎",
    )  # fmt: skip
    shown = await bureau.ask(
        "application.identify", application=id, document="company-register", method="by-post", number="0100-01",
        issued_on="2026-11-01", checked_on="2026-11-18", by="suzuki",
    )  # fmt: skip
    (check,) = shown["identity"]
    assert (check["checked_by"], check["checked_on"], check["number"]) == ("suzuki", "2026-11-18", "0100-01")
    assert shown["state"] == "screening"
    assert [step["kind"] for step in shown["history"]] == ["applied", "identified"]
    assert [one["application"] for one in await bureau.ask("application.list", state="screening")] == [id]


async def test_r4_1_consent_is_to_a_version_that_exists(bureau: Bureau) -> None:
    with pytest.raises(RuleBroken, match="no version '2099'"):
        await bureau.ask("application.add", text=FORM.replace('"2024-01-01"', '"2099"'))
    with pytest.raises(RuleBroken, match="no plan huge"):
        await bureau.ask("application.add", text=FORM.replace("plan: standard", "plan: huge"))
    assert await bureau.ask("application.list") == []


async def test_r4_3_the_notice_makes_contract_and_account(bureau: Bureau) -> None:
    """R4.3: the contract exists from the notice on; an account is issued then."""
    bureau.day("2026-11-23")
    id = await bureau.screened()
    assert await bureau.ask("contract.list") == [] and await bureau.ask("subscriber.list") == []
    answer = await bureau.ask("application.approve", application=id, by="sato")
    assert (answer["subscriber"], answer["starts_on"], answer["account"]) == ("aozora", "2026-11-23", "aozora")
    (one,) = await bureau.ask("contract.list")
    assert (one["contract"], one["state"], one["started_on"]) == (answer["contract"], "onboarding", "2026-11-23")
    (letter,) = await bureau.letters()
    assert letter.to == "office@aozora.example" and "利用契約が成立いたしました" in letter.body
    assert answer["reset"] in letter.body and "2026年11月23日" in letter.body
    store, sealer = bureau.office.store, bureau.office.sealer
    found = await store.run(lambda c: account.use_reset(c, answer["reset"], bureau.at))
    assert (found.name, found.role) == ("aozora", "subscriber")
    who = await store.read(lambda c: subscriber.get(c, "aozora"))
    assert found.subscriber_id == who.id and who.announced_name == "あおぞら文具"
    assert subscriber.emergency_of(sealer, who) == "+81312345102"
    (consent,) = await store.read(lambda c: terms.consented(c, subscriber_id=who.id))
    assert (consent.version, consent.how) == (TERMS, "application")
    assert await store.read(lambda c: detail.mail_addresses(c, sealer, who.id)) == ["office@aozora.example"]
    history = await bureau.ask("contract.history", contract=answer["contract"])
    assert [(step["kind"], step["by"], step["doc"]["application"]) for step in history] == [("formed", "sato", id)]


async def test_r4_3_applicants_have_no_service(bureau: Bureau) -> None:
    """R4.3: no subscriber, no contract, so no number either before the notice."""
    await bureau.screened()
    with pytest.raises(RuleBroken, match="no subscriber aozora"):
        await bureau.ask("number.add", number="0312340001", contract="aozora")


async def test_r4_3_nothing_is_half_formed(bureau: Bureau) -> None:
    id = await bureau.screened()
    other = await bureau.screened()
    await bureau.ask("application.approve", application=id)
    before = await bureau.letters()
    with pytest.raises(RuleBroken, match="aozora exists already"):
        await bureau.ask("application.approve", application=other)
    assert bureau.forgotten == ["nspoken", "nspoken"], "the sounds made for it are gone"
    assert (await bureau.ask("application.show", application=other))["state"] == "screening"
    assert len(await bureau.ask("contract.list")) == 1 and await bureau.letters() == before


async def test_r4_3_an_approval_is_refused_with_everything_that_is_open(bureau: Bureau) -> None:
    id = (await bureau.ask("application.add", text=FORM))["application"]
    with pytest.raises(Mistakes) as raised:
        await bureau.ask("application.approve", application=id)
    assert [m.where for m in raised.value.mistakes] == ["identity", "antisocial forces"]
    assert bureau.spoken == []


async def test_r4_2_a_refusal_keeps_its_reason_inside(bureau: Bureau) -> None:
    id = await bureau.screened()
    with pytest.raises(RuleBroken, match="no code '9'"):
        await bureau.ask("application.refuse", application=id, code="9", reason="x")
    await bureau.ask("application.refuse", application=id, code="4.2-4", reason="article in the Sakura Shimbun")
    shown = await bureau.ask("application.show", application=id)
    assert (shown["state"], shown["reason_code"], shown["reason"]) == (
        "refused", "4.2-4", "article in the Sakura Shimbun",
    )  # fmt: skip
    (letter,) = await bureau.letters()
    assert "Sakura" not in letter.body and "反社会" not in letter.body and "4.2" not in letter.body
    for operation in ("application.approve", "application.refuse", "application.screen", "application.identify"):
        more = {
            "application.refuse": {"code": "4.2-5", "reason": "x"},
            "application.screen": {"method": "x", "result": "clear"},
            "application.identify": {"document": "other", "method": "online"},
        }.get(operation, {})
        with pytest.raises(RuleBroken, match="refused already"):
            await bureau.ask(operation, application=id, **more)


async def test_r4_2_a_terminated_subscriber_is_flagged_at_once(bureau: Bureau) -> None:
    """R4.2 ③: whoever comes back, under another name but with the same telephone, too."""
    contract = await bureau.live()
    await bureau.ask("contract.terminate", contract=contract, code="19.1-1", act="20-3", reason="fraud")
    text = FORM.replace("subscriber: aozora", "subscriber: midori").replace("株式会社あおぞら", "合同会社みどり")
    text = text.replace("千代田区千代田1-1-1", "港区9-9-9")
    shown = await bureau.ask("application.add", text=text)
    assert [(flag["by"], flag["name"], flag["reason_code"]) for flag in shown["flags"]] == [
        (["phone"], "株式会社あおぞら", "19.1-1")
    ]
    listed = {one["subscriber"]: one["flagged"] for one in await bureau.ask("application.list")}
    assert listed == {"aozora": False, "midori": True}
    id = shown["application"]
    await bureau.ask("application.identify", application=id, document="company-register", method="by-post")
    await bureau.ask("application.screen", application=id, method="newspapers", result="clear")
    with pytest.raises(Mistakes, match="formerly revoked"):
        await bureau.ask("application.approve", application=id)
    await bureau.ask("application.approve", application=id, despite="the number changed hands")
    steps = (await bureau.ask("application.show", application=id))["history"]
    assert steps[-1]["doc"] == {"despite": "the number changed hands"}


async def test_r4_2_a_party_is_listed_by_hand_and_taken_off(bureau: Bureau) -> None:
    party = await bureau.ask(
        "party.add", name="㈱アオゾラ", phone="03-9999-0000", code="27.4", reason="affiliate's list"
    )
    assert (await bureau.ask("application.add", text=FORM))["flags"][0]["by"] == ["name"]
    await bureau.ask("party.remove", party=party["party"], reason="mistaken")
    second = FORM.replace("subscriber: aozora", "subscriber: aozora2")
    assert (await bureau.ask("application.add", text=second))["flags"] == []
    (kept,) = await bureau.ask("party.list")
    assert (kept["removed_because"], kept["phone"]) == ("mistaken", "+81399990000")


async def test_r27_a_hit_is_refused(bureau: Bureau) -> None:
    id = await bureau.screened()
    await bureau.ask("application.screen", application=id, method="police register", result="hit", note="board member")
    with pytest.raises(Mistakes, match="says hit"):
        await bureau.ask("application.approve", application=id)
