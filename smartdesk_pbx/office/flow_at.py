"""What a caller would meet at any instant, and why: `smartdesk flow at`."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.contract.instant import NOW, read_instant
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.notice import met
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.parts import working
from smartdesk_pbx.contract.routing import Decision, decide
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.calendar import answer
from smartdesk_pbx.flow.first_words import Passed, first_words
from smartdesk_pbx.flow.given import ANONYMOUS, Given
from smartdesk_pbx.flow.spoken import zone_of
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.turns import Turn, in_force
from smartdesk_pbx.flow.world import World
from smartdesk_pbx.office.flow_number import Known, known, live, local
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import caller_list, notice
from smartdesk_pbx.store.subscriber import Subscriber


class At(Params):
    """`number`: as 0312345678. `at`: Tokyo's civil time unless an offset is given. `caller`: a number, or `anonymous`;
    None: an ordinary one that is on no list. Whoever it is has never called before."""

    number: str
    at: str = NOW
    caller: str | None = None


@dataclass(frozen=True)
class Said:
    """What a calendar says, and why."""

    calendar: str
    value: str
    why: str


@dataclass(frozen=True)
class Heard:
    """A prompt and what it says, "" where nobody knows."""

    prompt: str
    text: str


@dataclass(frozen=True)
class Meets:
    """What a caller meets. `local`: the instant on the clock of `zone`. `version`: FLOW@VERSION, with since when and
    by whom. `stopped`: why no flow is met. `way`: nodes up to the first thing that is heard or asked."""

    number: str
    subscriber: str
    at: datetime
    local: str
    zone: str
    contract_state: str
    version: str | None
    live: str
    closures: tuple[str, ...]
    calendars: tuple[Said, ...]
    stopped: str
    way: tuple[Passed, ...]
    language: str
    heard: tuple[Heard, ...]


async def at(office: Office, params: At) -> Meets:
    """What a caller would meet at an instant, past or to come, and why: as far as it is known today."""

    def look(connection: Connection) -> Meets:
        one = known(office, connection, params.number)
        when = read_instant(params.at, office.store.now(connection))
        if when < one.assigned_at:
            raise RuleBroken(f"{one.number} was not {one.who.slug}'s then")
        caller = _caller(office, connection, one, params.caller)
        return _meets(office, connection, one, when, caller)

    return await office.store.read(look)


def _caller(office: Office, connection: Connection, one: Known, said: str | None) -> CallerFacts:
    if said is None:
        return CallerFacts(Given().caller)
    if said == ANONYMOUS:
        return CallerFacts(None)
    caller = checked(said, office.settings.country, what="caller")
    listed = caller_list.of_caller(connection, office.sealer, office.sealer.caller_key(caller))
    return CallerFacts(caller, frozenset(each.list for each in listed if each.contract_id == one.of.contract.id))


def _meets(office: Office, connection: Connection, one: Known, when: datetime, caller: CallerFacts) -> Meets:
    turn = in_force(one.turns, when)
    version, tree = live(connection, one, turn)
    zone = zone_of(tree) if tree else TOKYO
    decision, state = _decided(office, connection, one, when, caller)
    first = first_words(tree, _world(one, when, caller)) if tree and not decision.prompt else None
    prompts = (decision.prompt,) if decision.prompt else first.prompts if first else ("sorry",)
    language = first.language if first else one.who.language
    calendars = tree.calendars.items() if tree else ()
    answers = [(name, answer(calendar, when, one.closures)) for name, calendar in calendars]
    return Meets(
        number=one.number,
        subscriber=one.who.slug,
        at=when,
        local=local(zone, when),
        zone=zone.key,
        contract_state=state,
        version=version,
        live=_since(turn, zone) if turn and not one.is_flowless else "",
        closures=tuple(each.why(zone) for each in one.closures if each.holds(when)),
        calendars=tuple(Said(name, said.value, said.why) for name, said in answers),
        stopped=_stopped(decision, state, tree),
        way=first.way if first else (),
        language=language,
        heard=tuple(Heard(prompt, _text(office.catalogue, language, prompt, one.who)) for prompt in prompts),
    )


def _decided(
    office: Office, connection: Connection, one: Known, when: datetime, caller: CallerFacts
) -> tuple[Decision, str]:
    """As reception decides it, with the contract as it is known to be on that day."""
    state = one.of.life.state_on(tokyo_date(when))
    now = office.store.now(connection)
    stops = met(
        notice.for_routing(connection, min(when, now)), node=office.settings.node, plan=one.of.contract.plan,
        contract_id=one.of.contract.id, at=when,
    )  # fmt: skip
    works = bool(working(one.settings) & {"voice_guidance", "answering"})
    test_caller = caller.number in one.settings.test_callers
    return decide(state, notice=stops, test_caller=test_caller, works=works), state


def _world(one: Known, when: datetime, caller: CallerFacts) -> World:
    return World(
        when,
        caller,
        number=one.number,
        language=one.who.language,
        name=one.who.announced_name,
        closures=one.closures,
        threshold=one.settings.direct_transfer_threshold,
        requests_per_call=one.settings.ivr_transfer_requests_per_call,
        emergency=one.who.emergency_sealed is not None,
        answering="answering" in working(one.settings),
    )


def _since(live: Turn, zone: ZoneInfo) -> str:
    how = {"assign": "with the number", "publish": "published", "rollback": "rolled back", "schedule": "scheduled"}
    by = f" by {live.by}" if live.by else ""
    return f"since {local(zone, live.from_at)} ({how[live.kind]}{by}{f': {live.reason}' if live.reason else ''})"


def _stopped(decision: Decision, state: str, tree: Tree | None) -> str:
    if decision.answer == "maintenance" or decision.notice:
        return "a notice is in force (smartdesk notice list)"
    if decision.prompt:
        return f"the contract is {state}"
    return "" if tree else "no flow answers (smartdesk flow publish FILE --number NUMBER)"


def _text(catalogue: Catalogue, language: str, prompt: str, who: Subscriber) -> str:
    if prompt == "@name":
        return who.announced_name
    try:
        return "" if prompt.startswith("@") else catalogue.text(language, prompt)
    except RuleBroken:
        return ""
