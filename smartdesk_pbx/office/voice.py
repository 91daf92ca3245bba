"""A subscriber's own sounds: the announced name, the emergency number. Made when stored, never in a call."""

import asyncio

from smartdesk_pbx.audio.name import forget_name, speak_name
from smartdesk_pbx.audio.spell import spell, unspell
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import subscriber
from smartdesk_pbx.store.subscriber import Subscriber

NAME, NUMBER = "n", "e"
"""First letters of the files; the rest is hard to guess."""


async def speak(office: Office, name: str, reading: str) -> str:
    """Build an announced name in every language; its prompt. Takes seconds. Raises `RuleBroken` or `Mistakes`."""
    file = NAME + office.ids.name()
    if office.silent:
        return file
    await asyncio.to_thread(speak_name, office.settings, name, reading, office.catalogue.languages, file)
    return file


async def read_out(office: Office, number: str) -> str:
    """Join the digits of an emergency number in every language that has them; its prompt."""
    file = NUMBER + office.ids.name()
    if office.silent:
        return file
    await asyncio.to_thread(spell, office.settings, number, office.catalogue.reads("digits"), file)
    return file


def forget(office: Office, *prompts: str | None) -> None:
    """Delete such sounds; no error when they are gone already."""
    for prompt in prompts:
        if prompt and prompt.startswith(NUMBER):
            unspell(office.settings, prompt)
        elif prompt:
            forget_name(office.settings, prompt)


async def restore(office: Office) -> int:
    """Build again what is not whole of all subscribers' sounds (a new language, a restored backup); how many."""
    return sum([await _restore(office, who) for who in await office.store.read(subscriber.listing)])


async def _restore(office: Office, who: Subscriber) -> int:
    name, number = who.announced_prompt, subscriber.emergency_of(office.sealer, who)
    catalogue, settings, made = office.catalogue, office.settings, 0
    if name and any(catalogue.fault(one, name) for one in catalogue.languages):
        reading, languages = who.announced_reading, catalogue.languages
        await asyncio.to_thread(speak_name, settings, who.announced_name, reading, languages, name)
        made += 1
    spelt, readers = who.emergency_prompt, catalogue.reads("digits")
    if number and spelt and any(catalogue.fault(one, spelt) for one in readers):
        await asyncio.to_thread(spell, settings, number, readers, spelt)
        made += 1
    return made
