"""A flow as a Mermaid flowchart, for documents and chats that draw it. Pure."""

from smartdesk_pbx.flow.show.picture import Box, Picture, Texts, said, shortened
from smartdesk_pbx.flow.show.traffic import Traffic

WIDTH = 48

_SHAPES = {
    "menu": ("{{", "}}"), "language": ("{{", "}}"), "hours": ("{", "}"), "caller": ("{", "}"), "lookup": ("{", "}"),
    "transfer_request": ("{", "}"), "collect": ("[/", "/]"), "callback": ("[/", "/]"), "record": ("[/", "/]"),
    "escalate": ("[[", "]]"), "ring": ("[[", "]]"), "hangup": ("([", "])"), "exit": ("([", "])"), "goto": (">", "]"),
}  # fmt: skip


def as_mermaid(picture: Picture, texts: Texts, traffic: Traffic | None = None) -> str:
    """`flowchart TD`: a shape for each kind of node, ways back dotted."""
    ids = {name: f"n{i}" for i, name in enumerate(picture.boxes)}
    lines = [f"%% {_plain(picture.title)}", "flowchart TD"]
    for name, box in picture.boxes.items():
        left, right = _SHAPES.get(box.kind, ("[", "]"))
        lines.append(f'  {ids[name]}{left}"{_label(picture, box, texts, traffic)}"{right}')
    for arrow in picture.arrows:
        label = arrow.label
        if traffic:
            label = f"{label}: {traffic.ways[arrow.start, arrow.end]}".removeprefix(": ")
        line = "-.->" if arrow.back else "-->"
        shown = f'|"{_escaped(label)}"|' if label else ""
        lines.append(f"  {ids[arrow.start]} {line}{shown} {ids[arrow.end]}")
    if traffic:
        most = max(traffic.ways.values(), default=1)
        for i, arrow in enumerate(picture.arrows):
            share = traffic.ways[arrow.start, arrow.end] / most
            lines.append(f"  linkStyle {i} stroke-width:{1 + 7 * share:.1f}px")
    return "\n".join(lines) + "\n"


def _label(picture: Picture, box: Box, texts: Texts, traffic: Traffic | None) -> str:
    parts = [f"<b>{_escaped(box.name)}</b>", f"<i>{_escaped(' · '.join((box.kind, *box.notes)))}</i>"]
    if box.says:
        parts.append(_escaped(shortened(said(box, texts, picture.languages[0]), WIDTH)))
    if traffic and traffic.gave_up[box.name]:
        parts.append(f"{traffic.gave_up[box.name]} gave up here")
    return "<br/>".join(parts)


def _escaped(text: str) -> str:
    """Within quotes Mermaid knows entities with # instead of &."""
    named = {"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
    return "".join(named.get(character, character) for character in " ".join(text.split()))


def _plain(text: str) -> str:
    return " ".join(text.split())
