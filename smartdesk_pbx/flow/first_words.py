"""What a caller meets first: the walk from a flow's start to the first thing that is heard or asked. Pure."""

from dataclasses import dataclass
from typing import assert_never

from smartdesk_pbx.flow import answers
from smartdesk_pbx.flow.calendar import answer
from smartdesk_pbx.flow.transfer import Requests
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.flow.verbs import (
    OTHERWISE,
    START,
    Ask,
    Bye,
    Choose,
    Fetch,
    Hand,
    Keep,
    Reach,
    Result,
    Say,
    Take,
    Tell,
    Verb,
)
from smartdesk_pbx.flow.walk import begin, step
from smartdesk_pbx.flow.world import World


@dataclass(frozen=True)
class Passed:
    """A node on the way. `says`: what it asks or does; `answer`: what the world answers, "" at the last one."""

    node: str
    kind: str
    says: str
    answer: str
    why: str = ""


@dataclass(frozen=True)
class FirstWords:
    """The way, its last node being where something is heard or asked; which `prompts`, in which `language`."""

    way: tuple[Passed, ...]
    prompts: tuple[str, ...]
    language: str


def first_words(tree: Tree, world: World) -> FirstWords:
    """Where a call comes to before its caller has done anything. Silent questions are answered by `world`."""
    way: list[Passed] = []
    here = step(tree, begin(tree), START)
    while True:
        node, verb = here.position.node, here.verb
        kind, found = tree.nodes[node].kind, _answer(tree, world, verb)
        if found is None:
            way.append(Passed(node, kind, _says(verb), ""))
            language = here.position.language or world.language or tree.languages[0]
            return FirstWords(tuple(way), tuple(getattr(verb, "prompts", getattr(verb, "intro", ()))), language)
        way.append(Passed(node, kind, _says(verb), found.value, _why(tree, world, verb)))
        here = step(tree, here.position, found)


def _answer(tree: Tree, world: World, verb: Verb) -> Result | None:
    """What a silent question is answered; None where the caller hears or is asked something."""
    match verb:
        case Ask(question="hours"):
            return answers.hours(tree, verb, world.at, world.closures)
        case Ask(question="caller"):
            return answers.caller_case(verb.cases, world.caller)
        case Ask(question="number_called"):
            return answers.number_called(verb, world.number)
        case Ask(question="caller_number"):
            return answers.caller_number(world.caller)
        case Ask():
            return Result("answer", Requests().ask(world))
        case Fetch() if not verb.prompts:
            return Result("answer", OTHERWISE)
    return None


def _why(tree: Tree, world: World, verb: Verb) -> str:
    match verb:
        case Ask(question="hours"):
            return answer(tree.calendars[verb.about], world.at, world.closures).why
        case Fetch():
            return "as if the subscriber's system did not answer"
    return ""


def _says(verb: Verb) -> str:
    match verb:
        case Ask():
            return f"asks calendar {verb.about}" if verb.question == "hours" else _ASKS[verb.question]
        case Fetch():
            return f"asks {verb.url}"
        case Say():
            return "plays"
        case Choose():
            return f"asks for a key: {', '.join(verb.keys)}"
        case Take():
            return "asks for digits"
        case Keep():
            return "takes a message"
        case Hand():
            return f"hands to a human ({verb.team or 'the usual team'})"
        case Reach():
            return f"rings {', '.join(verb.numbers)}"
        case Tell():
            return "tells the emergency number"
        case Bye():
            return f"says goodbye ({verb.reason})"
    assert_never(verb)


_ASKS = {
    "transfer_request": "asks whether the emergency number is released",
    "caller": "asks who calls",
    "number_called": "asks which number was called",
    "caller_number": "asks whether the caller's number is known",
}
