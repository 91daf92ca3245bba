"""A flow as one page that needs nothing else: the picture, then every node with all it says. Pure."""

from collections.abc import Iterator
from html import escape

from smartdesk_pbx.flow.nodes import Node
from smartdesk_pbx.flow.show.picture import Arrow, Box, Picture, Texts
from smartdesk_pbx.flow.show.text import BACK, summary
from smartdesk_pbx.flow.show.traffic import Traffic
from smartdesk_pbx.flow.tree import PROMPT_FIELDS, Tree

_STYLE = """
body { font: 15px/1.5 "IPAexGothic", "Hiragino Sans", "Noto Sans CJK JP", "Yu Gothic", sans-serif; margin: 2rem auto;
  max-width: 70rem; padding: 0 1rem; color: #1d2731; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 0 }
.picture { overflow: auto; border: 1px solid #d5dbe1; border-radius: 8px; padding: 1rem; text-align: center }
.picture svg { max-width: 100%; height: auto }
section { border-top: 1px solid #d5dbe1; padding: 1rem 0 }
section:target { background: #fdf6d8 }
.kind, .about { color: #55606b } .gave-up { color: #b3261e; font-weight: bold }
table { border-collapse: collapse; margin: .5rem 0 }
td, th { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0 }
th { font-weight: normal; color: #55606b; white-space: nowrap }
"""

_FIELDS = {
    "no_key": "without a key", "wrong_key": "wrong key", "wrong": "once more", "same": "same number?",
    "confirm": "to confirm", "thanks": "thanks", "reviewing": "to review", "refused": "refused", "intro": "before it",
    "again": "after it", "prompts": "says",
}  # fmt: skip


def as_page(tree: Tree, picture: Picture, svg: str, texts: Texts, traffic: Traffic | None = None) -> str:
    """HTML in UTF-8, without scripts. `svg`: the picture as it was laid out."""
    inline = svg[svg.index("<svg") :]
    counted = f'<p class="about">{escape(summary(traffic))}</p>' if traffic else ""
    calendars = "".join(f"<li>{escape(one)}</li>" for one in picture.calendars)
    sections = "\n".join(_section(tree, picture, box, texts, traffic) for box in picture.boxes.values())
    return f"""<!DOCTYPE html>
<html lang="{escape(picture.languages[0])}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(picture.title)}</title>
<style>{_STYLE}</style></head>
<body>
<h1>{escape(picture.title)}</h1>
<p class="about">{escape(", ".join(picture.languages))}, {len(picture.boxes)} nodes</p>{counted}
{f"<ul>{calendars}</ul>" if calendars else ""}
<div class="picture">
{inline}
</div>
{sections}
</body>
</html>
"""


def _section(tree: Tree, picture: Picture, box: Box, texts: Texts, traffic: Traffic | None) -> str:
    about = " · ".join((box.kind.replace("_", " "), *box.notes))
    counted = ""
    if traffic:
        gave_up = traffic.gave_up[box.name]
        counted = f'<p class="about">{traffic.visits[box.name]} callers</p>'
        counted += f'<p class="gave-up">{gave_up} gave up here</p>' if gave_up else ""
    said = "".join(_says(tree.nodes[box.name], picture.languages, texts))
    ways = "".join(_way(arrow, traffic) for arrow in picture.out[box.name])
    return (
        f'<section id="{escape(box.name)}"><h2>{escape(box.name)} <span class="kind">{escape(about)}</span></h2>'
        f"{counted}{f'<table>{said}</table>' if said else ''}{f'<table>{ways}</table>' if ways else ''}</section>"
    )


def _says(node: Node, languages: tuple[str, ...], texts: Texts) -> Iterator[str]:
    """A line for each prompt in each language."""
    for name in PROMPT_FIELDS:
        for prompt in getattr(node, name, ()):
            for i, language in enumerate(languages):
                heads = f"<th>{_FIELDS[name]}</th><th>{escape(prompt)}</th>" if i == 0 else "<th></th><th></th>"
                text = texts(language, prompt) or "(no text)"
                yield f'<tr>{heads}<th>{escape(language)}</th><td lang="{escape(language)}">{escape(text)}</td></tr>'


def _way(arrow: Arrow, traffic: Traffic | None) -> str:
    counted = f"<td>{traffic.ways[arrow.start, arrow.end]} callers</td>" if traffic else ""
    sign = BACK if arrow.back else "→"
    end = escape(arrow.end)
    return f'<tr><th>{escape(arrow.label)}</th><td>{sign} <a href="#{end}">{end}</a></td>{counted}</tr>'
