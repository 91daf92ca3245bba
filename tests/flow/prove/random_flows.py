"""Small flows of every kind of node, at random: each way leads on, only gotos lead back."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from smartdesk_pbx.flow.check import endless, unreachable
from smartdesk_pbx.flow.tree import Tree

CALENDARS = {
    "office": {"weekly": ["mon-fri 09:00-18:00"], "exceptions": [{"name": "fair", "days": "2026-11-03..2026-11-04"}]},
    "shop": {"weekly": ["sat 10:00-12:00"], "holidays": "none", "closed": ["12-29..01-03"]},
}
NUMBERS = ("+81312345001", "+81312345002")
KEYS = ("1", "2", "#", "*")
Draw = Callable[..., Any]


@st.composite
def flows(draw: Draw, most: int = 7, kinds: tuple[str, ...] = ()) -> Tree:
    """A tree whose every node can be reached, as far as its ways go."""
    count = draw(st.integers(2, most))
    names = [f"n{i}" for i in range(count)]
    nodes: dict[str, Any] = {}
    for i, name in enumerate(names):
        on = st.sampled_from([*names[i + 1 :], "bye"])
        nodes[name] = draw(_node(on, names[: i + 1], kinds or tuple(MAKERS)))
    nodes["bye"] = {"kind": "hangup", "reason": "done"}
    if nodes["n0"]["kind"] == "goto":
        nodes["n0"] = {"kind": "announce", "prompts": ["welcome"], "next": "n1"}
    head = {"flow": "random", "languages": ["ja", "en"], "start": "n0", "calendars": CALENDARS}
    tree = Tree.model_validate(head | {"nodes": nodes})
    lost = {one.loc[1] for one in unreachable(tree.nodes, "n0")}
    tree = tree.model_copy(update={"nodes": {n: node for n, node in tree.nodes.items() if n not in lost}})
    assert not list(endless(tree.nodes, tree.start))
    return tree


def _node(on: Any, back: list[str], kinds: tuple[str, ...]) -> Any:
    return st.one_of([MAKERS[kind](on, back) for kind in kinds])


def _keys(on: Any) -> Any:
    return st.dictionaries(st.sampled_from(KEYS), on, min_size=1, max_size=3)


def _tries(most: int = 3) -> Any:
    return st.integers(1, most)


def _of(kind: str, **parts: Any) -> Any:
    return st.fixed_dictionaries({"kind": st.just(kind), **parts})


def _ask_caller(on: Any, _: Any) -> Any:
    conditions: list[dict[str, Any]] = [
        {"anonymous": True}, {"list": "vip"}, {"list": "blocked"}, {"repeat_hours": 24}, {"repeat_hours": 48},
        {"ranges": ["+8190"]}, {"ranges": ["+81901", "+1"]}, {"countries": ["JP"]}, {"countries": ["US", "DE"]},
    ]  # fmt: skip
    case = st.tuples(st.sampled_from(conditions), on).map(lambda pair: {**pair[0], "next": pair[1]})
    return _of("caller", cases=st.lists(case, min_size=1, max_size=3), otherwise=on)


def _ask_hours(on: Any, _: Any) -> Any:
    fair = st.fixed_dictionaries({"fair": on})
    office = _of("hours", calendar=st.just("office"), open=on, closed=on, exceptions=fair)
    return st.one_of(office, _of("hours", calendar=st.just("shop"), open=on, closed=on))


def _languages(on: Any, _: Any) -> Any:
    by_key = _of("language", prompts=st.just(["languages"]), keys=st.just({"1": "ja", "2": "en"}), next=on)
    numbers = st.just(dict(zip(NUMBERS, ("ja", "en"), strict=True)))
    return st.one_of(by_key, _of("language", numbers=numbers, next=on))


MAKERS: dict[str, Callable[[Any, list[str]], Any]] = {
    "announce": lambda on, _: _of("announce", prompts=st.sampled_from([["info"], ["info", "@name"]]), next=on),
    "menu": lambda on, _: _of("menu", prompts=st.just(["menu"]), keys=_keys(on), tries=_tries(), on_silence=on,
                              on_wrong_key=on),
    "collect": lambda on, _: _of("collect", prompts=st.just(["digits"]), least=st.just(3), most=st.just(5),
                                 tries=_tries(2), read_back=st.booleans(), next=on, on_silence=on),
    "record": lambda on, _: _of("record", review=st.booleans(), tries=_tries(2), next=on, on_silence=on),
    "hours": _ask_hours,
    "language": _languages,
    "caller": _ask_caller,
    "transfer_request": lambda on, _: _of("transfer_request", on_refused=on, on_told=on),
    "ring": lambda on, _: _of("ring", to=st.just(["+81312345678"]), next=on, on_no_answer=on),
    "escalate": lambda on, _: _of("escalate", next=on, on_nobody=on),
    "callback": lambda on, _: _of("callback", tries=_tries(2), next=on, on_silence=on),
    "lookup": lambda on, _: _of("lookup", url=st.just("https://crm.example/"), prompts=st.just(["moment"]),
                                limit_s=st.sampled_from([2, 4, 6]), answers=st.fixed_dictionaries({"gold": on}),
                                otherwise=on),
    "tag": lambda on, _: _of("tag", tags=st.just(["noted"]), next=on),
    "goto": lambda on, back: _of("goto", to=st.sampled_from(back[:-1] or back), most=_tries(2), then=on),
}  # fmt: skip
"""By kind: how a node is made whose ways lead `on`, and a goto's `back`."""
