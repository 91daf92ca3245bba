"""A flow in the language of Graphviz, which lays it out. Pure."""

from collections import Counter
from html import escape

from smartdesk_pbx.flow.show.picture import Arrow, Box, Picture, Texts, folded, said, shortened
from smartdesk_pbx.flow.show.text import summary
from smartdesk_pbx.flow.show.traffic import Traffic

FONT = "IPAexGothic"
"""A font with Japanese that the set-up installs; whoever looks at the picture without it sees their own."""
TEXT_MOST, LINE, NOTE_LINE = 64, 34, 42
"""How much of the prompts stands in a box, in a line of it, in a line of what is small; a wide character is two."""
THICKEST = 7.0

LARGE, HUB = 80, 4
"""In a picture of more boxes than that, a box to which more arrows lead is met again as a small sign of its name: its
arrows would cross everything else, and take Graphviz hours."""

_SHAPES: dict[str, tuple[str, str]] = {
    "announce": ("box", "#fdf6d8"),
    "menu": ("hexagon", "#dbe9f9"),
    "language": ("hexagon", "#dbe9f9"),
    "collect": ("parallelogram", "#e6def5"),
    "callback": ("parallelogram", "#e6def5"),
    "record": ("parallelogram", "#e6def5"),
    "hours": ("diamond", "#e4f3e0"),
    "caller": ("diamond", "#e4f3e0"),
    "lookup": ("diamond", "#e4f3e0"),
    "transfer_request": ("diamond", "#f9dcd3"),
    "ring": ("house", "#fbe3c2"),
    "escalate": ("house", "#fbe3c2"),
    "hangup": ("oval", "#e3e3e3"),
    "exit": ("oval", "#e3e3e3"),
    "goto": ("cds", "#ffffff"),
    "tag": ("note", "#ffffff"),
}

SMALL = ("goto", "tag")


def as_dot(picture: Picture, texts: Texts, traffic: Traffic | None = None, *, links: bool = False) -> str:
    """A digraph from top to bottom; nodes of a shared flow stand in a frame of their own. `links`: each box leads to
    the anchor of its name."""
    title = picture.title + (f" · {summary(traffic)}" if traffic else "")
    lines = [
        "digraph flow {",
        f'  graph [rankdir=TB, fontname="{FONT}", fontsize=16, labelloc=t, label={_quoted(title)}, nodesep=0.35, '
        "ranksep=0.5, bgcolor=white, pad=0.3]",
        f'  node [fontname="{FONT}", fontsize=11, style="filled,rounded", color="#5f6b76", penwidth=1.1, '
        'margin="0.14,0.07"]',
        f'  edge [fontname="{FONT}", fontsize=10, color="#5f6b76", fontcolor="#2a3a4a", arrowsize=0.8]',
    ]
    ids = {name: f"n{i}" for i, name in enumerate(picture.boxes)}
    frames: dict[str, list[str]] = {}
    for name, box in picture.boxes.items():
        frames.setdefault(name.rpartition(".")[0], []).append(_node(picture, ids[name], box, texts, traffic, links))
    lines += [f"  {line}" for line in frames.pop("", [])]
    for i, (frame, inside) in enumerate(frames.items()):
        lines.append(
            f'  subgraph cluster_{i} {{ label={_quoted(frame)}; fontsize=12; color="#9aa7b3"; style="rounded,dashed"'
        )
        lines += [f"    {line}" for line in inside]
        lines.append("  }")
    signs = _signs(picture, ids)
    lines += [f"  {id} [shape=oval, style=dashed, label={_quoted(arrow.end)}]" for arrow, id in signs.items()]
    lines += [f"  {_edge(ids, arrow, signs.get(arrow), traffic)}" for arrow in picture.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def _signs(picture: Picture, ids: dict[str, str]) -> dict[Arrow, str]:
    """Arrows that end at a sign of their end instead, and the sign's id. The first arrow to a box leads to it."""
    if len(picture.boxes) <= LARGE:
        return {}
    coming = Counter(arrow.end for arrow in picture.arrows)
    found, met = dict[Arrow, str](), set[str]()
    for arrow in picture.arrows:
        if coming[arrow.end] > HUB and arrow.end in met:
            found[arrow] = f"{ids[arrow.start]}_{ids[arrow.end]}"
        met.add(arrow.end)
    return found


def _node(picture: Picture, id: str, box: Box, texts: Texts, traffic: Traffic | None, links: bool) -> str:
    shape, fill = _SHAPES.get(box.kind, ("box", "#ffffff"))
    start = ", penwidth=2.6" if box.name == picture.start else ""
    if box.kind in SMALL:
        start += ', style="filled"'
    elif shape != "box":
        margin = "0.08,0.04" if shape == "diamond" else "0.02,0.02"
        start += f', style="filled", margin="{margin}"'
    if links:
        start += f", URL={_quoted('#' + box.name)}, tooltip={_quoted(box.name)}"
    return f'{id} [shape={shape}, fillcolor="{fill}", label=<{_label(picture, box, texts, traffic)}>{start}]'


def _label(picture: Picture, box: Box, texts: Texts, traffic: Traffic | None) -> str:
    name = box.name.rpartition(".")[2]
    if box.kind in SMALL:
        shown = f"tag {', '.join(box.notes)}" if box.kind == "tag" else name
        return f'<font point-size="10">{escape(shown)}</font>'
    lines = [f"<b>{escape(name)}</b>"]
    about = " · ".join((box.kind.replace("_", " "), *box.notes))
    lines += [f'<font point-size="9" color="#55606b">{escape(line)}</font>' for line in folded(about, NOTE_LINE)]
    if box.says:
        shown = shortened(said(box, texts, picture.languages[0]), TEXT_MOST)
        lines += [escape(line) for line in folded(shown, LINE)]
    if traffic:
        lines.append(f'<font color="#1f4e8c">{traffic.visits[box.name]} callers</font>')
        if traffic.gave_up[box.name]:
            lines.append(f'<font color="#b3261e"><b>{traffic.gave_up[box.name]} gave up here</b></font>')
    return "<br/>".join(lines)


def _edge(ids: dict[str, str], arrow: Arrow, sign: str | None, traffic: Traffic | None) -> str:
    label, more = arrow.label, []
    if traffic:
        times, from_here = traffic.ways[arrow.start, arrow.end], traffic.visits[arrow.start]
        share = f" ({100 * times / from_here:.0f}%)" if from_here else ""
        label = f"{label}\n{times}{share}".strip() if times else label
        most = max(traffic.ways.values(), default=1)
        more.append(f"penwidth={1 + (THICKEST - 1) * times / most:.2f}")
        more.append('color="#1f4e8c"' if times else 'color="#c3cad1", fontcolor="#9aa7b3"')
    if arrow.back:
        more.append("style=dashed, constraint=false")
    shown = "\n".join(f" {line} " for line in label.split("\n"))
    attributes = ", ".join([f"label={_quoted(shown)}", *more] if label else more)
    return f"{ids[arrow.start]} -> {sign or ids[arrow.end]}" + (f" [{attributes}]" if attributes else "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
