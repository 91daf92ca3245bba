"""Shared flows: linked into one flat tree, or told what does not fit."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from smartdesk_pbx.errors import Mistakes
from smartdesk_pbx.flow.link import Find, Shared
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.nodes import Hours, Jump
from smartdesk_pbx.flow.parts import DEEPEST
from smartdesk_pbx.flow.tree import Tree, targets
from smartdesk_pbx.flow.verbs import RECORDED, Bye, Keep, Result
from smartdesk_pbx.flow.walk import begin, step

CALLER = """\
flow: front
languages: [ja]
start: message
nodes:
  message: {kind: call, flow: take, exits: {done: bye, nothing: bye}}
  bye: {kind: hangup}
"""
TAKE = """\
flow: take
languages: [ja, en]
start: when
calendars:
  office: {weekly: ["mon-fri 09:00-18:00"]}
nodes:
  when: {kind: hours, calendar: office, open: ask, closed: ask}
  ask: {kind: record, next: thanks, on_silence: none}
  thanks: {kind: announce, prompts: [message-thanks], next: done}
  done: {kind: exit}
  none: {kind: exit, exit: nothing}
"""


def published(**texts: str) -> Find:
    known: Mapping[str, str] = texts
    return lambda name: Shared(known[name], f"{name}.yaml", 3) if name in known else None


def linked(text: str = CALLER, **texts: str) -> Tree:
    return load(text, name="front.yaml", find=published(**texts))


def wrong(text: str = CALLER, **texts: str) -> str:
    with pytest.raises(Mistakes) as raised:
        linked(text, **texts)
    return str(raised.value)


def test_nodes_and_calendars_get_the_name_of_the_node_that_calls() -> None:
    tree = linked(take=TAKE)
    assert set(tree.nodes) == {"message", "bye", *(f"message.{n}" for n in ("when", "ask", "thanks", "done", "none"))}
    assert tree.nodes["message"] == Jump(kind="jump", next="message.when")
    assert tree.nodes["message.done"] == Jump(kind="jump", next="bye")
    hours = tree.nodes["message.when"]
    assert isinstance(hours, Hours)
    assert hours.calendar in tree.calendars == {"message.office": load(TAKE).calendars["office"]}
    assert {target for node in tree.nodes.values() for _, target in targets(node)} <= set(tree.nodes)
    assert tree.shared == {"take": 3}


def test_a_linked_tree_is_stored_and_walked_like_any_other() -> None:
    tree = Tree.model_validate_json(linked(take=TAKE).model_dump_json())
    asked = step(tree, begin(tree), Result("start"))
    kept = step(tree, asked.position, Result("answer", "open"))
    assert isinstance(kept.verb, Keep)
    thanked = step(tree, kept.position, RECORDED)
    assert isinstance(step(tree, thanked.position, Result("done")).verb, Bye)


def test_the_same_flow_called_twice_is_there_twice() -> None:
    text = CALLER.replace("done: bye", "done: again").replace(
        "  bye:", "  again: {kind: call, flow: take, exits: {done: bye, nothing: bye}}\n  bye:"
    )
    assert {"message.ask", "again.ask"} <= set(linked(text, take=TAKE).nodes)


@pytest.mark.parametrize(
    ("text", "texts", "expected"),
    [
        (CALLER, {}, "front.yaml:5: there is no shared flow 'take'"),
        (CALLER.replace(", nothing: bye", ""), {"take": TAKE},
         "front.yaml:5: flow 'take' has an exit 'nothing' that leads nowhere here"),
        (CALLER.replace("nothing: bye", "nothing: bye, dun: bye"), {"take": TAKE},
         "front.yaml:5: flow 'take' has no exit 'dun'"),
        (CALLER.replace("[ja]", "[ja, zh]"), {"take": TAKE}, "front.yaml:5: flow 'take' does not speak 'zh'"),
        (CALLER, {"take": TAKE.replace("kind: record", "kind: rekord")},
         "take.yaml:8: unknown kind 'rekord' (did you mean 'record'?)"),
        (CALLER, {"take": CALLER.replace("front", "take")},
         "flow 'take' would call itself: front -> take -> take"),
    ],
    ids=["unknown", "exit without a way", "unknown exit", "language", "a mistake of its own", "itself"],
)  # fmt: skip
def test_what_does_not_fit_is_told(text: str, texts: dict[str, str], expected: str) -> None:
    assert expected in wrong(text, **texts)


def test_flows_call_one_another_only_so_deep() -> None:
    def level(n: int) -> str:
        return CALLER.replace("front", f"f{n}").replace("take", f"f{n + 1}").replace(", nothing: bye", "")

    last = "flow: fX\nlanguages: [ja]\nstart: done\nnodes:\n  done: {kind: exit}\n"

    def chain(deep: int) -> dict[str, str]:
        texts = {f"f{n}": level(n).replace("bye: {kind: hangup}", "bye: {kind: exit}") for n in range(1, deep - 1)}
        return texts | {f"f{deep - 1}": last.replace("fX", f"f{deep - 1}")}

    assert len(linked(level(0), **chain(DEEPEST)).nodes) > DEEPEST
    assert f"more than {DEEPEST} deep" in wrong(level(0), **chain(DEEPEST + 1))


def test_files_find_what_stands_beside_them(tmp_path: Path) -> None:
    (tmp_path / "take.yaml").write_text(TAKE)
    (tmp_path / "front.yaml").write_text(CALLER)
    assert load(tmp_path / "front.yaml").shared == {"take": 0}


def test_a_flow_with_exits_is_shared() -> None:
    assert load(TAKE).is_shared
    assert not linked(take=TAKE).is_shared
