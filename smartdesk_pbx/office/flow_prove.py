"""Proving a flow under what was agreed: with a plan, for a contract, or for the numbers that it will answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Connection

from smartdesk_pbx.audio.catalogue import TONES, Catalogue
from smartdesk_pbx.audio.estimate import LONGEST_S, estimate_s, placeholder_s
from smartdesk_pbx.audio.texts import texts
from smartdesk_pbx.contract.case_rules import Rules
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.contract.settings import ServiceSettings, effective
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.prove import MOST_STATES, Premises, Proof, prove
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.visit import EMERGENCY
from smartdesk_pbx.flow.world import PROMPT_S
from smartdesk_pbx.office import contract
from smartdesk_pbx.office.flow_source import Draft, Side, either
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params, Slug
from smartdesk_pbx.settings import Settings
from smartdesk_pbx.store import contract as contracts
from smartdesk_pbx.store import number as numbers
from smartdesk_pbx.store import subscriber

TONE_S = 0.5


class Whose(Params):
    """At most one of them; none: the standard plan and the built-in settings."""

    plan: Slug | None = None
    contract: str | None = None
    number: str | None = None


class Prove(Draft, Whose):
    """Past `most_states` nothing is proved."""

    most_states: Annotated[int, Field(ge=1, le=100_000_000)] = MOST_STATES


@dataclass(frozen=True)
class Agreed:
    """What a proof must know of an agreement. `settings` as JSON, `rules` as a plan keeps them, `numbers` E.164.

    `emergency`: is an emergency number on file? None: nobody knows whose.
    """

    whose: str
    settings: dict[str, Any]
    rules: dict[str, Any]
    numbers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    emergency: bool | None = None


def standard() -> Agreed:
    """The standard plan alone: nothing of it stands in a database."""
    plan = standard_plan()
    return _agreed("plan standard", effective(plan.settings, {}), plan.rules)


async def agreed(office: Office, params: Whose) -> Agreed:
    """What was agreed with whom. Raises `RuleBroken` for more than one, and for one that does not exist."""
    named = [name for name in Whose.model_fields if getattr(params, name) is not None]
    if len(named) > 1:
        raise RuleBroken(f"{' and '.join(named)}: name one of them")
    if not named:
        return standard()
    return await office.store.read(lambda c: _look(office, c, params))


def _look(office: Office, connection: Connection, params: Whose) -> Agreed:
    if params.plan is not None:
        plan = contracts.plan(connection, params.plan)
        return _agreed(f"plan {plan.id}", effective(plan.settings, {}), plan.rules)
    if params.contract is not None:
        return _of_contract(office, connection, contract.find(connection, params.contract))
    number = checked(params.number or "", office.settings.country)
    one = next((one for one in _assigned(office, connection) if one.number == number), None)
    if one is None:
        raise RuleBroken(f"{number} is not assigned (smartdesk number list shows those that are)")
    found = _of_contract(office, connection, contracts.get(connection, one.contract_id))
    return replace(found, whose=number, numbers=(number,))


def _of_contract(office: Office, connection: Connection, one: contracts.Contract) -> Agreed:
    plan, who = contracts.plan(connection, one.plan), subscriber.by_id(connection, one.subscriber_id)
    assert who is not None
    found = _agreed(f"contract of {who.slug}", effective(plan.settings, one.settings), plan.rules)
    mine = tuple(each.number for each in _assigned(office, connection) if each.contract_id == one.id)
    return replace(found, numbers=mine, languages=(who.language,), emergency=who.emergency_prompt is not None)


def _assigned(office: Office, connection: Connection) -> list[numbers.Assigned]:
    return numbers.listing(connection, at=office.store.now(connection))


def _agreed(whose: str, settings: ServiceSettings, rules: Rules) -> Agreed:
    written = rules.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return Agreed(whose, settings.model_dump(mode="json"), written)


# ---- the proof -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown(Proof):
    """A proof, and under what it was made. `estimated`: prompts that are not built; their lengths are guessed from
    their texts."""

    whose: str = ""
    verdict: Literal["proved", "broken", "not proved"] = "not proved"
    estimated: tuple[str, ...] = ()


async def prove_text(office: Office, params: Prove) -> Shown:
    """Prove the flow of a text. Raises `Mistakes`."""
    from smartdesk_pbx.office.flow_proof import proved  # which makes its proofs with `shown`

    found = await agreed(office, params)
    draft = Draft(text=params.text, file=params.file, beside=params.beside)
    _, tree = await office.store.read(lambda c: either(c, Side(draft=draft)))
    return await proved(office, tree, found, params.most_states)


def shown(settings: Settings, tree: Tree, found: Agreed, since: datetime, most_states: int = MOST_STATES) -> Shown:
    """Prove a flow as it would run on this installation; `since` is aware."""
    lengths = Lengths(settings)
    premises = Premises(
        ServiceSettings.model_validate(found.settings),
        Rules.model_validate(found.rules),
        since,
        lengths,
        languages=tuple(found.languages),
        numbers=tuple(found.numbers),
        emergency=found.emergency,
        queue_s=settings.queue_s,
        ring_s=settings.ring_s,
    )
    proof = prove(tree, premises, most_states)
    broken = any(one.holds is False for one in proof.properties)
    verdict: Literal["proved", "broken", "not proved"] = (
        "broken" if broken else "proved" if proof.proved else "not proved"
    )
    return Shown(**vars(proof), whose=found.whose, verdict=verdict, estimated=lengths.estimated)


class Lengths:
    """How long prompts last at most: as they are built, else as long as their texts take. A `Seconds`."""

    def __init__(self, settings: Settings) -> None:
        self._catalogue = Catalogue(settings)
        self._texts = cache(lambda language: texts(settings, language))
        self._estimated: dict[str, None] = {}

    @property
    def estimated(self) -> tuple[str, ...]:
        """Those that are not built, as `prompt (language)`."""
        return tuple(self._estimated)

    def __call__(self, language: str, prompt: str) -> float:
        """Seconds; 0 for a prompt that nobody has written: nothing is heard."""
        if prompt in TONES:
            return TONE_S
        if prompt.startswith("@"):
            return LONGEST_S["digits"] if prompt == EMERGENCY else placeholder_s(prompt)
        try:
            built = self._catalogue.built(language, prompt)
        except RuleBroken:  # nothing is
            built = None
        if built is not None:
            return built.seconds
        text = self._texts(language).get(prompt)
        if text is None:
            return 0.0
        self._estimated[f"{prompt} ({language})"] = None
        return estimate_s(text, language) or PROMPT_S
