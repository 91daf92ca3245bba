"""Prompts as the office sees them: what there is, and the proof that published flows can be heard."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import soundfile
from sqlalchemy import Connection

from smartdesk_pbx.audio.build import build
from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.audio.name import speak_name
from smartdesk_pbx.audio.pieces import needed
from smartdesk_pbx.audio.spell import spell
from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.office import voice
from smartdesk_pbx.office.doctor import examine
from smartdesk_pbx.office.prompt import rebuild
from smartdesk_pbx.store import contract, flow, number, subscriber, turn
from tests.office.bureau import Bureau, open_bureau

NUMBER, EMERGENCY = "+81312345001", "+81398765432"


@pytest.fixture
async def bureau(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bureau]:
    async with open_bureau(tmp_path, monkeypatch) as one:
        build(one.office.settings)
        yield one


def tree(name: str, *prompts: str, languages: tuple[str, ...] = ("ja", "en"), asks: bool = False) -> Tree:
    """A greeting, then goodbye, or a request to be put through that may tell the emergency number."""
    nodes: dict[str, object] = {
        "hello": {"kind": "announce", "prompts": list(prompts), "next": "ask" if asks else "end"},
        "end": {"kind": "hangup"},
    }
    if asks:
        nodes["ask"] = {"kind": "transfer_request", "on_refused": "end", "on_told": "end"}
    return Tree.model_validate({"flow": name, "languages": languages, "start": "hello", "nodes": nodes})


async def live(bureau: Bureau, one: Tree, *, from_days: int = 0) -> None:
    """The flow answers the number of subscriber sakura, from now or from some days on."""
    office, at = bureau.office, bureau.at

    def store(c: Connection) -> None:
        if not subscriber.listing(c):
            who, signed = uuid4(), uuid4()
            subscriber.add(
                c, id=who, slug="sakura", name="Sakura", announced_name="さくら商事",
                announced_reading="さくらしょうじ", announced_prompt="nsakura", at=at,
            )  # fmt: skip
            contract.add(c, id=signed, subscriber_id=who, plan="standard", started_on=date(2026, 4, 1), settings={})
            number.assign(c, NUMBER, signed, id=uuid4(), at=at)
            subscriber.set_emergency(c, office.sealer, who, number=EMERGENCY, prompt="esakura")
        new = flow.publish(c, id=uuid4(), text=one.flow, tree=one, at=at)
        at_days = at + timedelta(days=from_days)
        turn.add(c, NUMBER, new.id, id=uuid4(), kind="schedule", made_at=at, from_at=at_days, by="test")

    await office.store.run(store)
    speak_name(office.settings, "さくら商事", "さくらしょうじ", ["ja", "en"], "nsakura")
    spell(office.settings, EMERGENCY, ["ja", "en"], "esakura")


async def told(bureau: Bureau) -> list[str]:
    with pytest.raises(Mistakes) as refused:
        await bureau.ask("prompt.check")
    return str(refused.value).splitlines()


async def test_flows_that_can_be_heard_pass(bureau: Bureau) -> None:
    await live(bureau, tree("reception", "welcome-generic", "@name", "@opens", "@number", asks=True))
    whole = await bureau.ask("prompt.check")
    assert (whole["flows"], whole["languages"]) == (1, ["en", "ja"])
    assert whole["sounds"] > 380


async def test_everything_that_is_missing_or_damaged_is_told_at_once(bureau: Bureau) -> None:
    catalogue = Catalogue(bureau.office.settings)
    await live(bureau, tree("reception", "welcome-generic", "spring-sale", "@opens", asks=True))
    catalogue.path("en", "welcome-generic").write_bytes(b"")
    half = catalogue.path("ja", "welcome-generic").with_suffix(".sln16")
    half.write_bytes(half.read_bytes()[:20_000])
    catalogue.path("ja", "pm").unlink()
    noise = catalogue.path("ja", "bye")
    noise.write_bytes(b"\xff" * noise.stat().st_size)
    catalogue.path("en", "esakura").unlink()
    catalogue.path("ja", "nsakura").write_bytes(b"\xff" * 300)
    catalogue.path("en", "sorry").unlink()
    (bureau.office.settings.sounds_dir / "hold" / "hold.ulaw").unlink()
    build_it = "(smartdesk prompt build)"
    found = await told(bureau)
    assert set(found) == {
        f"flow reception@1, en: spring-sale: is not there {build_it}",
        f"flow reception@1, en: welcome-generic: is empty {build_it}",
        f"flow reception@1, ja: welcome-generic: is damaged: 0.62 s instead of 1.95 s {build_it}",
        f"flow reception@1, ja: spring-sale: is not there {build_it}",
        f"flow reception@1, ja: pm: is not there {build_it}",
        f"flow reception@1, ja: bye: speech at -120.0 dBFS {build_it}",
        f"emergency number of sakura, en: is not there {build_it}",
        next(line for line in found if line.startswith("announced name of sakura, ja: is damaged: 0.04 s")),
        f"catalogue, en: sorry: is not there {build_it}",
        f"hold music: is not there {build_it}",
    }
    assert not any(EMERGENCY[-4:] in line or "esakura" in line for line in found)


async def test_a_language_without_recordings_says_what_to_record(bureau: Bureau) -> None:
    await live(bureau, tree("reception", "welcome-generic", "@time", languages=("zh",)))
    found = await told(bureau)
    record = "(smartdesk prompt import FILE --as {0} --language zh)"
    assert f"flow reception@1, zh: welcome-generic: is not there {record.format('welcome-generic')}" in found
    assert f"flow reception@1, zh: min-45: is not there {record.format('min-45')}" in found
    assert len([line for line in found if line.startswith("flow ")]) == 2 + len(needed("time", "zh")), "with bye"


async def test_what_is_live_and_what_will_be_are_looked_at_like_the_newest(bureau: Bureau) -> None:
    await live(bureau, tree("reception", "old-sale"))
    await live(bureau, tree("closing", "winter-sale"), from_days=30)
    await live(bureau, tree("closing", "bye"), from_days=60)
    flows = [line.partition(":")[0] for line in await told(bureau)]
    assert flows == ["flow closing@1, ja", "flow closing@1, en", "flow reception@1, ja", "flow reception@1, en"]


async def test_the_list_says_what_each_sound_is_made_from(bureau: Bureau) -> None:
    settings = bureau.office.settings
    (settings.home / "prompts" / "ja").mkdir(parents=True)
    speech = 0.2 * np.sin(np.arange(16_000) / 6)
    soundfile.write(settings.home / "prompts" / "ja" / "bye.wav", speech, 16_000)
    (settings.home / "prompts" / "ja.yaml").write_text("later: {text: またのちほど。}\n", "utf-8")
    shown = {(one["language"], one["prompt"]): one for one in await bureau.ask("prompt.list")}
    assert shown["ja", "later"]["state"] == "not built"
    await rebuild(settings, lambda done, total, name: None)
    shown = {(one["language"], one["prompt"]): one for one in await bureau.ask("prompt.list")}
    states = {key: shown[key]["state"] for key in [("ja", "bye"), ("en", "bye"), ("ja", "beep"), ("zh", "bye")]}
    assert list(states.values()) == ["recorded", "voice", "tone", "text only"]
    assert (shown["zh", "bye"]["seconds"], shown["zh", "bye"]["text"]) == (None, "感谢您的来电，再见。")
    assert shown["ja", "later"]["seconds"] > 0.5
    some = await bureau.ask("prompt.list", language="ko", pieces=False)
    assert {one["language"] for one in some} == {"ko"} and not [one for one in some if one["prompt"] == "day-1"]
    assert [one["language"] for one in await bureau.ask("prompt.show", prompt="later")] == ["ja"]
    with pytest.raises(RuleBroken, match="no prompt nonsense"):
        await bureau.ask("prompt.show", prompt="nonsense")
    with pytest.raises(RuleBroken, match=r"^language fr: en, ja, ko, zh are known$"):
        await bureau.ask("prompt.list", language="fr")


async def test_doctor_sees_damage(bureau: Bureau) -> None:
    settings = bureau.office.settings
    Catalogue(settings).path("ja", "bye").write_bytes(b"\xff" * 8000)
    found = {one.said: one for one in examine(settings) if one.part == "prompts"}
    wrong = next(one for said, one in found.items() if said.startswith("ja"))
    assert wrong.state == "wrong" and wrong.said.endswith("sounds: bye is damaged: 1.00 s instead of 3.61 s")
    assert wrong.do == "run smartdesk prompt build, then smartdesk prompt check"
    assert next(one for said, one in found.items() if said.startswith("en")).state == "ok"


async def test_a_new_language_hears_names_too_and_numbers_once_it_can(bureau: Bureau) -> None:
    """R2.3: a recorded prompt makes Chinese a language with sounds; the name is said there as the house says it."""
    await live(bureau, tree("reception", "bye"))
    settings = bureau.office.settings
    (settings.home / "prompts" / "zh").mkdir(parents=True)
    soundfile.write(settings.home / "prompts" / "zh" / "bye.wav", 0.2 * np.sin(np.arange(16_000) / 6), 16_000)
    build(settings)
    assert await voice.restore(bureau.office) == 1
    assert Catalogue(settings).fault("zh", "nsakura") == ""
    assert Catalogue(settings).fault("zh", "esakura") == "is not there", "no digits were recorded"
    assert await voice.restore(bureau.office) == 0
