"""What a verb of the walker can bring about, and what each result of it changes. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from smartdesk_pbx.contract.events import EscalationReason
from smartdesk_pbx.flow.prove.history import sounds
from smartdesk_pbx.flow.prove.premises import Premises
from smartdesk_pbx.flow.prove.unknowns import Branch, Narrowing, Unknowns
from smartdesk_pbx.flow.verbs import (
    DONE,
    FITS,
    HUMAN,
    NO_ANSWER,
    NOBODY,
    OTHERWISE,
    RECORDED,
    SILENCE,
    TALKED,
    UNFIT,
    Ask,
    Bye,
    Choose,
    Fact,
    Fetch,
    Hand,
    Keep,
    Reach,
    RefusalPlayed,
    Result,
    Say,
    Tagged,
    Take,
    Tell,
    Verb,
)

KEYS = "0123456789*#ABCD"


class Change(NamedTuple):
    """What one result of a verb does to the circumstances. `read`: what the next position can still read.

    `request`: the answer to a request to be put through. `heard_answer`: that answer was played to its end."""

    read: int
    narrowing: Narrowing = ()
    request: str = ""
    heard_answer: bool = False
    answered: bool = False
    human: bool = False
    connected: bool = False
    discards: bool = False
    """The message before is thrown away."""
    message: bool = False
    told: bool = False
    input: bool = False
    escalated: EscalationReason | None = None
    tags: frozenset[str] = frozenset()


def change_of(verb: Verb, branch: Branch, facts: tuple[Fact, ...], read: int) -> Change:
    """What a result of a verb changes, with the facts of the way to the next one."""
    result = branch.result
    return Change(
        read=read,
        narrowing=branch.narrowing,
        request=result.value if isinstance(verb, Ask) and verb.question == "transfer_request" else "",
        heard_answer=isinstance(verb, Tell) or any(isinstance(fact, RefusalPlayed) for fact in facts),
        answered=sounds(verb),
        human=result == HUMAN,
        connected=result == TALKED,
        discards=isinstance(verb, Keep) and verb.instead,
        message=result == RECORDED,
        told=isinstance(verb, Tell),
        input=result.kind in ("key", "digits", "recorded"),
        escalated=verb.reason if isinstance(verb, Hand) else None,
        tags=frozenset(tag for fact in facts if isinstance(fact, Tagged) for tag in fact.tags),
    )


def branches(verb: Verb, unknowns: Unknowns, premises: Premises) -> Iterator[Branch]:
    """Everything that a caller, an agent or the world can make of a verb."""
    match verb:
        case Ask(question="transfer_request"):
            yield from (Branch(Result("answer", one)) for one in _request_answers(premises))
        case Ask():
            yield from unknowns.branches(verb)
        case _:
            yield from map(Branch, _results(verb, premises))


def _request_answers(premises: Premises) -> tuple[str, ...]:
    return {None: ("refused", "released", "missing"), True: ("refused", "released"), False: ("refused", "missing")}[
        premises.emergency
    ]


def _results(verb: Verb, premises: Premises) -> Iterator[Result]:
    match verb:
        case Say() | Tell():
            yield DONE
        case Choose():
            # All keys that mean nothing here are one: `step` is told of each in the same words.
            other = next((key for key in KEYS if key not in verb.keys), None)
            yield from (Result("key", key) for key in (*verb.keys, *([other] if other else [])))
            yield SILENCE
        case Take():
            yield FITS
            if verb.patterns or verb.least > 1:  # else every digit fits
                yield UNFIT
            yield SILENCE
        case Keep():
            yield from (RECORDED, SILENCE)
        case Hand():
            yield from (HUMAN, NOBODY) if premises.humans else (NOBODY,)
        case Reach():
            yield from (TALKED, NO_ANSWER)
        case Fetch():
            yield from (Result("answer", one) for one in (*verb.answers, OTHERWISE))
        case Ask() | Bye():
            return
