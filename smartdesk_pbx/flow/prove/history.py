"""What has happened in a call, as far as the plan's rules speak of it, and how the call can end. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from smartdesk_pbx.contract.case_facts import CaseFacts, Place
from smartdesk_pbx.contract.case_rules import Rules
from smartdesk_pbx.contract.conditions import Band, When
from smartdesk_pbx.contract.events import EscalationReason
from smartdesk_pbx.contract.fact import EndedBy
from smartdesk_pbx.flow.nodes import Record
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Ask, Bye, Fetch, Hand, Keep, Reach, Tell, Verb


@dataclass(frozen=True)
class History:
    """Since the call's arrival. What neither the rules nor the outcome read stays as it is written here."""

    answered: bool = False
    human: bool = False
    connected: bool = False
    """The caller talked with a telephone of the subscriber."""
    messages: int = 0
    """Those that were left and not recorded anew; 2 for more."""
    told: bool = False
    """The emergency number was told."""
    escalated: EscalationReason | None = None
    inputs: int = 0
    transfer_requests: int = 0
    """As many of both as the rules can tell apart."""
    tags: frozenset[str] = frozenset()


_ALWAYS = {"answered", "human", "connected", "messages", "told"}
"""What names the outcome of a call."""
_NEEDS = {
    "escalated": "escalated",
    "inputs": "inputs",
    "transfer_requests": "transfer_requests",
    "tag": "tags",
    "no_tag": "tags",
}
"""By condition of a rule: what more of the history it reads."""


class Reads:
    """What a plan's rules read of a call through a flow."""

    def __init__(self, rules: Rules, tree: Tree) -> None:
        whens = [rule.when for rule in rules.rules]
        self.conditions = tuple(dict.fromkeys(name for when in whens for name in written(when)))
        self._of_history = _ALWAYS | {_NEEDS[name] for name in self.conditions if name in _NEEDS}
        if any("silent" in (*(when.is_ or ()), *(when.is_not or ())) for when in whens):
            self._of_history |= {"inputs"}
        self.tags = frozenset(tag for when in whens for tag in (*(when.tag or ()), *(when.no_tag or ())))
        # A second message matters only where one can be taken back.
        reviews = any(isinstance(node, Record) and node.review for node in tree.nodes.values())
        self._most = {"messages": 2 if reviews else 1}
        self._most |= {name: _most(whens, name) for name in ("inputs", "transfer_requests")}

    @property
    def reasons(self) -> bool:
        """Do they read why a call was escalated?"""
        return "escalated" in self._of_history

    def seen(self, history: History) -> History:
        """The history as outcome and rules see it. The rest is what `History()` says: no judgement depends on it."""
        most = {name: min(getattr(history, name), most) for name, most in self._most.items()}
        parts = {**vars(history), **most, "tags": history.tags & self.tags}
        return History(**{name: part for name, part in parts.items() if name in self._of_history})


def written(when: When) -> Iterator[str]:
    """The conditions that are written in a rule."""
    return (name for name in type(when).model_fields if getattr(when, name) is not None)


def _most(whens: list[When], name: str) -> int:
    """From this count on, no rule tells one from another; 1 where only some or none matters."""
    bands = [band for when in whens if isinstance(band := getattr(when, name), Band)]
    return max([1, *(ceil(limit) for band in bands for limit in (band.at_least, band.under or 0))])


@dataclass(frozen=True)
class Exit:
    """One way in which a call ends: who ends it, where it stands then, and what has happened."""

    by: EndedBy
    place: Place
    history: History

    @property
    def outcome(self) -> str:
        """As `call/outcome.py` names it."""
        had = self.history
        named = {
            "human": had.human, "emergency": had.told, "message": had.messages, "connected": had.connected,
            "self_service": had.answered,
        }  # fmt: skip
        return next((name for name, holds in named.items() if holds), "abandoned")

    @property
    def facts(self) -> CaseFacts:
        """What the rules are shown, as far as the search knows it: of times, of marks and of other calls nothing."""
        had = self.history
        silent = had.answered and not (had.human or had.connected or had.inputs)
        return CaseFacts(
            outcome=self.outcome, ended_by=self.by, ended_in=self.place, answered=had.answered, human=had.human,
            connected=had.connected, message=had.messages > 0, emergency_told=had.told, escalated=had.escalated,
            inputs=had.inputs,
            transfer_requests=had.transfer_requests, kinds=frozenset({"silent"} if silent else ()), tags=had.tags,
        )  # fmt: skip


def sounds(verb: Verb) -> bool:
    """Does it open the audio? The call counts as answered from there on."""
    return not isinstance(verb, Ask) and not (isinstance(verb, Fetch) and not verb.prompts)


def exits(verb: Verb, had: History, humans: bool) -> Iterator[Exit]:
    """How a call can end while `verb` runs: the caller hangs up, or it was the last one. `had`: before the verb."""
    if not had.answered:
        yield Exit("caller", "before_answer", had)
    now = replace(had, answered=True) if sounds(verb) else had
    if not now.answered:
        return
    match verb:
        case Bye():
            # Whoever talked with an agent and is still there was left by the agent: see `reception.finish`.
            yield Exit("agent", "talk", now) if had.human else Exit("us", "ivr", now)
        case Hand() if humans:
            yield Exit("caller", "queue", now)
            yield Exit("caller", "talk", replace(now, human=True, escalated=had.escalated or verb.reason))
            return
        case Reach():
            yield Exit("caller", "queue", now)
            yield Exit("caller", "talk", replace(now, connected=True))
        case Keep():
            yield Exit("caller", "message", recorded(now, verb))
            now = thrown_away(now, verb)
        case Tell():
            yield Exit("caller", "ivr", replace(now, told=True))
    yield Exit("caller", "ivr", now)


def thrown_away(had: History, verb: Keep) -> History:
    """A message that is recorded anew is gone as soon as that begins."""
    return replace(had, messages=max(0, had.messages - verb.instead))


def recorded(had: History, verb: Keep) -> History:
    """A message was left."""
    before = thrown_away(had, verb)
    return replace(before, messages=min(2, before.messages + 1), inputs=before.inputs + 1)
