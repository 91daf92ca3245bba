"""A long flow of the usual shape: languages, hours, a main menu, departments, topics, ways back, people, messages."""

from typing import Any

from smartdesk_pbx.flow.tree import Tree

CALENDARS = {
    "office": {"weekly": ["mon-fri 09:00-18:00"], "closed": ["12-29..01-03"]},
    "workshop": {"weekly": ["mon-sat 08:00-17:00"], "closed": ["08-10..08-16"]},
}


def usual_flow(topics: int = 90, languages: tuple[str, ...] = ("ja", "en")) -> Tree:
    """About twelve nodes for each topic, nine topics in a department; 90 of them make a thousand nodes."""
    nodes: dict[str, Any] = dict(_front(languages))
    departments = -(-topics // 9)
    for i in range(departments):
        nodes |= _department(i, min(9, topics - 9 * i))
    nodes["main"]["keys"] |= {f"{i + 1}": f"d{i}" for i in range(min(departments, 8))}
    if departments > 8:
        nodes["main"]["keys"]["*"] = "more"
        nodes["more"] = _menu({f"{i - 7}": f"d{i}" for i in range(8, departments)} | {"9": "more-main"}, "person")
        nodes["more-main"] = _goto("main", "person")
    return Tree.model_validate(
        {"flow": "usual", "languages": languages, "start": "choose", "calendars": CALENDARS, "nodes": nodes}
    )


def _front(languages: tuple[str, ...]) -> dict[str, Any]:
    keys = {f"{i + 1}": language for i, language in enumerate(languages)}
    return {
        "choose": {"kind": "language", "prompts": ["language-menu"], "keys": keys, "next": "welcome"},
        "welcome": {"kind": "announce", "prompts": ["welcome", "@name"], "next": "hours"},
        "hours": {"kind": "hours", "calendar": "office", "open": "main", "closed": "closed"},
        "closed": {"kind": "announce", "prompts": ["closed", "@opens"], "next": "message"},
        "main": _menu({"9": "main-again", "0": "person", "#": "direct"}, "person"),
        "main-again": _goto("main", "person"),
        "direct": {"kind": "transfer_request", "on_refused": "refused-menu", "on_told": "bye"},
        "refused-menu": _menu({"9": "main-again", "0": "person"}, "bye"),
        "person": _person("nobody"),
        "nobody": {"kind": "announce", "prompts": ["nobody-free"], "next": "message"},
        "message": {"kind": "record", "next": "thanks", "on_silence": "bye"},
        "thanks": {"kind": "announce", "prompts": ["message-thanks"], "next": "bye"},
        "bye": {"kind": "hangup"},
    }


def _department(i: int, topics: int) -> dict[str, Any]:
    d = f"d{i}"
    nodes = {
        d: {"kind": "tag", "tags": [d], "next": f"{d}-hours"},
        f"{d}-hours": {"kind": "hours", "calendar": "workshop", "open": f"{d}-menu", "closed": f"{d}-closed"},
        f"{d}-closed": {"kind": "announce", "prompts": ["closed"], "next": f"{d}-message"},
        f"{d}-menu": _menu({f"{j + 1}": f"{d}-t{j}" for j in range(topics)} | {"0": f"{d}-person", "#": f"{d}-back"},
                           f"{d}-person"),
        f"{d}-back": _goto("main", f"{d}-person"),
        f"{d}-person": _person(f"{d}-nobody"),
        f"{d}-nobody": {"kind": "announce", "prompts": ["nobody-free"], "next": f"{d}-message"},
        f"{d}-message": {"kind": "record", "review": True, "next": f"{d}-thanks", "on_silence": "bye"},
        f"{d}-thanks": {"kind": "announce", "prompts": ["message-thanks"], "next": "bye"},
    }  # fmt: skip
    for j in range(topics):
        nodes |= _topic(d, f"{d}-t{j}", j)
    return nodes


def _topic(d: str, t: str, j: int) -> dict[str, Any]:
    order = {"kind": "collect", "prompts": ["ask-order"], "least": 6, "most": 8, "next": f"{t}-look",
             "on_silence": f"{t}-person"}  # fmt: skip
    callback = {"kind": "callback", "next": f"{t}-end", "on_silence": f"{t}-person"}
    look = {"kind": "lookup", "url": "https://crm.example/order", "send": ["digits"], "prompts": ["moment"],
            "limit_s": 3, "answers": {"sent": f"{t}-sent", "open": f"{t}-open"},
            "otherwise": f"{t}-person"}  # fmt: skip
    return {
        t: {"kind": "announce", "prompts": ["topic"], "next": f"{t}-menu"},
        f"{t}-menu": _menu({"1": f"{t}-again", "2": f"{t}-order", "9": f"{t}-back", "0": f"{t}-person"}, f"{t}-end"),
        f"{t}-again": _goto(t, f"{t}-person", 2),
        f"{t}-back": _goto(f"{d}-menu", f"{t}-person"),
        f"{t}-order": order if j % 3 == 0 else {"kind": "announce", "prompts": ["order"], "next": f"{t}-look"},
        f"{t}-look": look if j % 3 == 0 else _menu({"1": f"{t}-sent", "2": f"{t}-open"}, f"{t}-person"),
        f"{t}-sent": {"kind": "announce", "prompts": ["sent"], "next": f"{t}-end"},
        f"{t}-open": callback if j % 3 == 0 else {"kind": "announce", "prompts": ["open"], "next": f"{t}-end"},
        f"{t}-end": _menu({"0": f"{t}-person", "9": f"{t}-back"}, "bye"),
        f"{t}-person": {"kind": "tag", "tags": ["topic"], "next": f"{d}-person"},
    }


def _menu(keys: dict[str, str], otherwise: str) -> dict[str, Any]:
    return {"kind": "menu", "prompts": ["menu"], "keys": keys, "on_silence": otherwise, "on_wrong_key": otherwise}


def _goto(to: str, then: str, most: int = 3) -> dict[str, Any]:
    return {"kind": "goto", "to": to, "most": most, "then": then}


def _person(nobody: str) -> dict[str, Any]:
    return {"kind": "escalate", "next": "bye", "on_nobody": nobody}
