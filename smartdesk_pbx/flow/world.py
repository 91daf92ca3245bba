"""The world of a simulated call, and what happens in the call: plain facts, nothing more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from smartdesk_pbx.flow.answers import CallerFacts
from smartdesk_pbx.flow.calendar import Closure
from smartdesk_pbx.flow.verbs import Fact

PROMPT_S = 2.0
"""How long a prompt lasts where nobody knows better."""

AgentOutcome = Literal["human", "nobody", "busy"]
Agents = int | Literal["busy"] | tuple[AgentOutcome, ...]
"""How many agents are free (0: nobody is at work), `busy`: all of them talk, or what comes of each request in turn."""

Whom = Literal["human", "nobody", "outside", "no_answer", "left"]

Seconds = Callable[[str, str], float]
"""How long a prompt lasts: (language, prompt)."""


UNKNOWN = CallerFacts(None)


def _two_seconds(language: str, prompt: str) -> float:
    return PROMPT_S


@dataclass(frozen=True)
class Telephone:
    """What becomes of keys. Asterisk hears none while it plays what cannot be skipped, and ends a recording at `#`
    alone; the telephone of skipped time keeps every key, and any one ends a recording."""

    deaf: bool = True
    ends_recording: str = "#"


ASTERISK = Telephone()
REHEARSAL = Telephone(deaf=False, ends_recording="0123456789*#ABCD")


@dataclass(frozen=True)
class World:
    """All that a call meets outside of its flow.

    `at`: when it arrives, aware. `number`: the one called, E.164. `language`: the number's, "" for the flow's first.
    `outside`: do the subscriber's own telephones answer, always or each time in turn? `lookups`: the answer of the
    subscriber's system by node or by URL, `*` for any. `transfer_requests`: those counted of this caller before the
    call (R8.2). `emergency`: is an emergency number on file? `answering`: is answering by humans agreed?
    """

    at: datetime
    caller: CallerFacts = UNKNOWN
    number: str = ""
    language: str = ""
    name: str = ""
    agents: Agents = 1
    outside: bool | tuple[bool, ...] = False
    lookups: Mapping[str, str] = field(default_factory=dict)
    closures: Sequence[Closure] = ()
    transfer_requests: int = 0
    threshold: int = 3
    requests_per_call: int = 1
    emergency: bool = True
    answering: bool = True
    telephone: Telephone = ASTERISK
    seconds: Seconds = _two_seconds
    queue_s: float = 20.0
    """How long a caller waits for an agent, where the flow does not say."""
    answer_s: float = 3.0
    """After how long a telephone that rings is answered."""
    talk_s: float = 60.0
    """After how long the other side ends a talk, if the caller does not."""
    lookup_s: float = 0.5

    def agent(self, before: int) -> AgentOutcome:
        """What comes of asking for an agent after having asked so often before."""
        if self.agents == "busy":
            return "busy"
        if isinstance(self.agents, int):
            return "human" if before < self.agents else "nobody"
        return self.agents[before] if before < len(self.agents) else "nobody"

    def answers_outside(self, before: int) -> bool:
        """Do the subscriber's telephones answer, after having been rung so often before?"""
        if isinstance(self.outside, bool):
            return self.outside
        return before < len(self.outside) and self.outside[before]


# ---- what happens, in order; `at_s` counts from the call's arrival ---------------------------------------------------


@dataclass(frozen=True)
class Stepped:
    """A verb was begun at a node: what the event `flow.step` of a real call says."""

    at_s: float
    node: str
    verb: str
    heard: str


@dataclass(frozen=True)
class Plays:
    """A prompt begins. `value`: what a placeholder says."""

    at_s: float
    prompt: str
    language: str
    value: str = ""


@dataclass(frozen=True)
class Heard:
    """A prompt came to its end, or was cut short by a key (`whole` False)."""

    at_s: float
    prompt: str
    whole: bool = True


@dataclass(frozen=True)
class Pressed:
    """The caller pressed a key; `lost`: nobody listened."""

    at_s: float
    key: str
    lost: bool = False


@dataclass(frozen=True)
class Spoke:
    """The caller spoke for so long from then on."""

    at_s: float
    seconds: float


@dataclass(frozen=True)
class Met:
    """Whom the caller met: a human, nobody, a telephone of the subscriber (outside), none of them (no_answer); left:
    the other side ended the talk."""

    at_s: float
    whom: Whom


@dataclass(frozen=True)
class Told:
    """The emergency number was read out to its end."""

    at_s: float


@dataclass(frozen=True)
class Left:
    """The caller left a message; `partial`: by hanging up while speaking."""

    at_s: float
    seconds: float
    partial: bool


@dataclass(frozen=True)
class Noted:
    """A fact of the flow became true."""

    at_s: float
    fact: Fact


@dataclass(frozen=True)
class Ended:
    """The call is over. `reason`: the flow's, when it said goodbye."""

    at_s: float
    by: Literal["us", "caller"]
    reason: str = ""


Entry = Stepped | Plays | Heard | Pressed | Spoke | Met | Told | Left | Noted | Ended


@dataclass(frozen=True)
class Trace:
    """A simulated call, as far as it has gone."""

    log: tuple[Entry, ...]

    @property
    def steps(self) -> tuple[Stepped, ...]:
        """The steps, as the events of a real call name them."""
        return tuple(e for e in self.log if isinstance(e, Stepped))

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the flow noted of the call."""
        return tuple(e.fact for e in self.log if isinstance(e, Noted))

    @property
    def heard(self) -> tuple[str, ...]:
        """The prompts that were played to their end."""
        return tuple(e.prompt for e in self.log if isinstance(e, Heard) and e.whole)

    @property
    def ended(self) -> Ended | None:
        """How the call ended; None while it goes on."""
        last = self.log[-1] if self.log else None
        return last if isinstance(last, Ended) else None
