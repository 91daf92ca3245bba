"""How long the verbs of a call last at most, and for how long the caller hears nothing in them. Pure.

Talk time is not counted: nobody bounds how long people talk but the limit that Asterisk keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from smartdesk_pbx.flow.after import MESSAGE
from smartdesk_pbx.flow.nodes import ChooseLanguage, Record
from smartdesk_pbx.flow.position import Position
from smartdesk_pbx.flow.prove.premises import Premises
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import Ask, Bye, Choose, Fetch, Hand, Keep, Reach, Say, Take, Tell, Verb
from smartdesk_pbx.flow.visit import AGAIN_S, EMERGENCY, TELLINGS_MOST

REQUEST_S = 1.8
"""How long a caller waits for the ledger at a request to be put through (as in call/emergency.py)."""
LAST_CALL_S = 1.0
"""How long the store may take to say when this caller called last (as in call/ask.py)."""
SCREENING_S = 10.0
"""How long whoever answers outside has, after the words, to press 1 (as in call/outside.py)."""
SCREENING = ("outside-screening", "@name")


@dataclass(frozen=True)
class Quiet:
    """`seconds` in which the caller hears nothing at the end of a verb; `after_sound`: something was heard before."""

    seconds: float
    after_sound: bool


class Lasting:
    """Times of one flow. Where a position does not say its language, each verb is taken in the slowest one, and in the
    most silent one: no way through a flow depends on its language, so the search forgets it."""

    def __init__(self, tree: Tree, premises: Premises) -> None:
        self._tree, self._premises = tree, premises
        chosen = [one for node in tree.nodes.values() if isinstance(node, ChooseLanguage)
                  for one in (*node.keys.values(), *node.numbers.values())]  # fmt: skip
        self.languages = tuple(dict.fromkeys((*(premises.languages or tree.languages), *chosen)))
        self._seconds: dict[tuple[str, str], float] = {}

    def most_s(self, at: Position, verb: Verb) -> float:
        """How long a verb lasts at most, whatever comes of it."""
        match verb:
            case Say() | Bye():
                return self.plays_s(at, verb.prompts)
            case Choose():
                return self.plays_s(at, verb.prompts) + verb.wait_s
            case Take():
                return self.plays_s(at, verb.prompts) + verb.wait_s + (verb.most - 1) * verb.gap_s
            case Keep():
                return self.plays_s(at, (*verb.prompts, "beep")) + verb.most_s
            case Hand():
                return self._hand_s(at, verb)
            case Reach():
                return self.plays_s(at, verb.prompts) + self._rings_s(at, verb)
            case Ask():
                return asked_s(verb)
            case Fetch():
                return max(self.plays_s(at, verb.prompts), verb.limit_s)
            case Tell():
                again = self.plays_s(at, verb.again) + AGAIN_S + self.plays_s(at, (EMERGENCY,))
                return self.plays_s(at, (*verb.intro, EMERGENCY)) + (TELLINGS_MOST - 1) * again
        assert_never(verb)

    def quiet(self, at: Position, verb: Verb) -> Quiet:
        """What the caller does not hear. Waiting for a key after a question that was heard is no silence."""
        match verb:
            case Ask():
                return Quiet(asked_s(verb), after_sound=False)
            case Fetch():
                heard_s = self.heard_s(at, verb.prompts)
                return Quiet(max(0.0, verb.limit_s - heard_s), after_sound=heard_s > 0)
            case Choose() | Take():
                heard_s = self.heard_s(at, verb.prompts)
                return Quiet(0.0, True) if heard_s else Quiet(verb.wait_s, after_sound=False)
            case Say() | Bye():
                return Quiet(0.0, after_sound=self.heard_s(at, verb.prompts) > 0)
            case Tell() | Keep() | Reach():  # the number, the tone before a message, the music while others are rung
                return Quiet(0.0, after_sound=True)
            case Hand():
                return Quiet(0.0, after_sound=self._premises.humans)
        assert_never(verb)

    def plays_s(self, at: Position, prompts: Sequence[str]) -> float:
        """Seconds that prompts last together, at most."""
        return max(self._in_s(at, prompts, one) for one in self._spoken(at))

    def heard_s(self, at: Position, prompts: Sequence[str]) -> float:
        """Seconds that prompts last together, at least."""
        return min(self._in_s(at, prompts, one) for one in self._spoken(at))

    def most_silent(self, at: Position, prompts: Sequence[str]) -> str:
        """The language in which they are shortest."""
        return min(self._spoken(at), key=lambda one: self._in_s(at, prompts, one))

    def _spoken(self, at: Position) -> tuple[str, ...]:
        return (at.language,) if at.language else self.languages

    def _in_s(self, at: Position, prompts: Sequence[str], language: str) -> float:
        return sum(self._one_s(at, prompt, language) for prompt in prompts)

    def _one_s(self, at: Position, prompt: str, language: str) -> float:
        if prompt == MESSAGE:
            node = self._tree.nodes[at.node]
            return float(node.most_s) if isinstance(node, Record) else 0.0
        key = (language, prompt)
        if key not in self._seconds:
            self._seconds[key] = self._premises.seconds(language, prompt)
        return self._seconds[key]

    def _rings_s(self, at: Position, verb: Reach) -> float:
        """The telephones outside; whoever answers may hear and think about it before the next one rings."""
        screened_s = self.plays_s(at, SCREENING) + SCREENING_S if verb.screening else 0.0
        return (1 if verb.together else len(verb.numbers)) * (verb.ring_s + screened_s)

    def _hand_s(self, at: Position, verb: Hand) -> float:
        """Only waiting for an agent is limited; one phone that rings is counted on top of it."""
        if not self._premises.humans:
            return 0.0
        wait_s = self._premises.queue_s if verb.wait_s is None else verb.wait_s
        return self.plays_s(at, verb.prompts) + wait_s + self._premises.ring_s


def asked_s(ask: Ask) -> float:
    """How long a question to the store may take; the others are answered from memory."""
    if ask.question == "transfer_request":
        return REQUEST_S
    return LAST_CALL_S if any(case.repeat_hours for case in ask.cases) else 0.0
