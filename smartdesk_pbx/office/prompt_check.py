"""Proof that callers hear what the published flows say: every prompt, in every language, there and undamaged."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from smartdesk_pbx.audio.build import HOLD
from smartdesk_pbx.audio.catalogue import TONES, Catalogue
from smartdesk_pbx.audio.check import check_built
from smartdesk_pbx.audio.pieces import PLACEHOLDERS, needed
from smartdesk_pbx.audio.texts import load_voices
from smartdesk_pbx.errors import Mistake, Mistakes
from smartdesk_pbx.flow.tree import node_prompts
from smartdesk_pbx.flow.turns import Version, coming
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import flow, number, subscriber, turn
from smartdesk_pbx.store.flow import PublishedFlow
from smartdesk_pbx.store.subscriber import Subscriber

BUILD = "smartdesk prompt build"


@dataclass(frozen=True)
class Whole:
    """What was looked at, and found to be right: published flows, their languages, sounds."""

    flows: int
    languages: tuple[str, ...]
    sounds: int


@dataclass(frozen=True)
class _Played:
    """A sound that callers hear: in which language, where, and what to do when it is not right."""

    language: str
    prompt: str
    where: str
    mend: str


async def check(office: Office, _: Params) -> Whole:
    """Look at every sound of every published flow (the newest version of each, those that answer a number, those that
    will), at the announced names and emergency numbers of whoever they answer for, and at whatever else is built.

    Raises `Mistakes`: everything that is missing, empty, cut off, silent or too loud, at once.
    """
    published = await office.store.read(lambda c: _published(c, office.store.now(c)))
    played = [sound for one, whose in published for sound in _of_flow(one, whose)]
    played += _of_house(office.catalogue)
    wrong = await asyncio.to_thread(_wrong, office.catalogue, played)
    if wrong:
        raise Mistakes(wrong)
    languages = sorted({language for one, _ in published for language in one.tree.languages})
    return Whole(len(published), tuple(languages), len({(one.language, one.prompt) for one in played}))


def _published(connection: Connection, at: datetime) -> list[tuple[PublishedFlow, list[Subscriber]]]:
    # with the subscribers whose callers meet them
    whose: dict[Version, set[str]] = {one.what: set() for one in flow.listing(connection)}
    turns = turn.of_all(connection)
    for assigned in number.listing(connection, at=at):
        ahead = {one.what for one in coming(turns.get(assigned.number, ()), at)}
        live = {Version(assigned.flow, assigned.flow_version)} if assigned.flow and assigned.flow_version else set()
        for what in ahead | live:
            whose.setdefault(what, set()).add(assigned.subscriber)
    return [
        (flow.get(connection, what.flow, what.version), [subscriber.get(connection, slug) for slug in sorted(slugs)])
        for what, slugs in sorted(whose.items(), key=lambda item: str(item[0]))
    ]


def _of_flow(one: PublishedFlow, whose: Iterable[Subscriber]) -> Iterator[_Played]:
    said = {prompt for node in one.tree.nodes.values() for prompt in node_prompts(node)}
    kinds = {PLACEHOLDERS[prompt] for prompt in said if prompt in PLACEHOLDERS}
    tells = any(node.kind == "transfer_request" for node in one.tree.nodes.values())
    voices = load_voices()
    for language in one.tree.languages:
        for prompt in sorted(one.tree.prompts().union(*(needed(kind, language) for kind in kinds))):
            record = f"smartdesk prompt import FILE --as {prompt} --language {language}"
            mend = BUILD if language in voices else record
            yield _Played(language, prompt, f"flow {one.what}, {language}: {prompt}", mend)
        for who in whose:
            if who.announced_prompt:
                yield _Played(language, who.announced_prompt, f"announced name of {who.slug}, {language}", BUILD)
            if who.emergency_prompt and tells:
                yield _Played(language, who.emergency_prompt, f"emergency number of {who.slug}, {language}", BUILD)


def _of_house(catalogue: Catalogue) -> Iterator[_Played]:
    for language in catalogue.languages:
        for prompt in sorted(catalogue.ids(language)):
            yield _Played(language, prompt, f"catalogue, {language}: {prompt}", BUILD)
    yield _Played(HOLD, HOLD, "hold music", BUILD)


def _wrong(catalogue: Catalogue, played: Iterable[_Played]) -> list[Mistake]:
    found: dict[tuple[str, str], Mistake | None] = {}
    for one in played:
        if (one.language, one.prompt) not in found:
            found[one.language, one.prompt] = _looked_at(catalogue, one)
    return [mistake for mistake in found.values() if mistake]


def _looked_at(catalogue: Catalogue, one: _Played) -> Mistake | None:
    if said := catalogue.fault(one.language, one.prompt):
        return Mistake(one.where, said, one.mend)
    stem = catalogue.path(one.language, one.prompt).with_suffix("")
    wrong = check_built(stem, silent=one.prompt in (*TONES, HOLD))
    return Mistake(one.where, wrong[0].wrong, one.mend) if wrong else None
