"""`smartdesk flow show`: a flow as text, as a picture, as a page; with the callers of some days on its arrows."""

import subprocess
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.flow_file import is_file
from smartdesk_pbx.errors import EdgeDown, RuleBroken

if TYPE_CHECKING:
    from smartdesk_pbx.flow.show.traffic import Traffic
    from smartdesk_pbx.flow.tree import Tree

app = typer.Typer(rich_markup_mode=None)

LAYOUT_S = 120
"""A flow of a thousand nodes takes some seconds."""


class Format(StrEnum):
    """How a flow can be shown."""

    YAML = "yaml"
    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    HTML = "html"


@app.command("show", epilog=frame.EVERYWHERE)
def show_flow(
    flow: Annotated[str, typer.Argument(metavar="FILE|FLOW", help="A flow's file, or a published flow: FLOW, FLOW@3.")],
    version: Annotated[int | None, typer.Option(help="Of a published flow; default: the newest.")] = None,
    format: Annotated[
        Format | None, typer.Option(help="Default: text; yaml, as written, for a published flow.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write it there.")] = None,
    traffic: Annotated[int | None, typer.Option(metavar="DAYS", min=1, help="Count the callers of these days.")] = None,
    language: Annotated[str | None, typer.Option(help="Of the texts; default: the flow's first.")] = None,
) -> None:
    """A flow as text, Mermaid, SVG or HTML; with --traffic how many callers went each way and where they gave up."""
    file, published = Path(flow), not is_file(flow)
    if published and "@" in flow:
        flow, version = _named(flow)
    wanted = format or (Format.YAML if published and traffic is None else Format.TEXT)
    if wanted is Format.YAML and published:
        answer = ask("flow.show", flow=flow, version=version)
        return show.as_json(answer) if show.for_programs() else _write(answer["text"].rstrip("\n") + "\n", out)
    if wanted is Format.YAML:
        raise RuleBroken(f"{file} is YAML already; --format text, mermaid, dot, svg or html")
    tree = _published(flow, version) if published else _from_file(file)
    counted = _traffic(tree.flow, version, traffic) if traffic is not None else None
    _write(_shown(_in_language(tree, language), wanted, counted), out)


def _named(flow: str) -> tuple[str, int]:
    name, _, number = flow.partition("@")
    if not number.isascii() or not number.isdigit():
        raise RuleBroken(f"{flow!r} is no version of a flow: write FLOW@3, or FLOW for the newest")
    return name, int(number)


def _published(flow: str, version: int | None) -> "Tree":
    import json

    from smartdesk_pbx.flow.tree import Tree

    return Tree.model_validate_json(json.dumps(ask("flow.tree", flow=flow, version=version)["tree"]))


def _from_file(file: Path) -> "Tree":
    from smartdesk_pbx.flow.load import load

    return load(file)


def _in_language(tree: "Tree", language: str | None) -> "Tree":
    if language is None:
        return tree
    if language not in tree.languages:
        raise RuleBroken(f"--language: flow {tree.flow} speaks {', '.join(tree.languages)}")
    others = tuple(one for one in tree.languages if one != language)
    return tree.model_copy(update={"languages": (language, *others)})


def _traffic(flow: str, version: int | None, days: int) -> "Traffic":
    from smartdesk_pbx.flow.show.traffic import Traffic

    answer = ask("flow.traffic", flow=flow, version=version, days=days)
    ways = Counter({(start, end): times for start, end, times in answer["ways"]})
    return Traffic(answer["calls"], answer["strange"], ways, Counter(answer["visits"]), Counter(answer["gave_up"]))


def _shown(tree: "Tree", format: Format, traffic: "Traffic | None") -> str:
    from smartdesk_pbx.cli.prompt_texts import PromptTexts
    from smartdesk_pbx.flow.show.dot import as_dot
    from smartdesk_pbx.flow.show.mermaid import as_mermaid
    from smartdesk_pbx.flow.show.page import as_page
    from smartdesk_pbx.flow.show.picture import picture
    from smartdesk_pbx.flow.show.text import as_text

    drawn, prompts = picture(tree), PromptTexts(frame.settings())

    def texts(language: str, prompt: str) -> str:
        return PLACEHOLDER_TEXTS.get(prompt) or prompts.said(language, prompt)

    match format:
        case Format.MERMAID:
            return as_mermaid(drawn, texts, traffic)
        case Format.DOT:
            return as_dot(drawn, texts, traffic)
        case Format.SVG:
            return laid_out(as_dot(drawn, texts, traffic))
        case Format.HTML:
            return as_page(tree, drawn, laid_out(as_dot(drawn, texts, traffic, links=True)), texts, traffic)
    return as_text(drawn, texts, traffic)


PLACEHOLDER_TEXTS: dict[str, str] = {
    "@name": "[name]", "@number": "[number]", "@caller": "[caller]", "@time": "[time]", "@day": "[day]",
    "@opens": "[opens]", "@position": "[position]",
}  # fmt: skip


def laid_out(dot: str) -> str:
    """The SVG that Graphviz makes. Raises `EdgeDown` when it is not there, or fails."""
    try:
        done = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, timeout=LAYOUT_S, check=True)
    except FileNotFoundError:
        raise EdgeDown(
            "pictures are laid out by Graphviz: apt-get install graphviz (--format text needs none)"
        ) from None
    except subprocess.TimeoutExpired:
        raise EdgeDown(f"Graphviz was not done after {LAYOUT_S} s: --format text shows any flow") from None
    except subprocess.CalledProcessError as error:
        raise EdgeDown(f"Graphviz: {error.stderr.strip() or error}") from None
    return done.stdout


def _write(content: str, out: Path | None) -> None:
    if out is None:
        answer: Any = {"content": content}
        return show.as_json(answer) if show.for_programs() else print(content, end="")
    try:
        out.write_text(content, "utf-8")
    except OSError as error:
        raise RuleBroken(f"{out}: {error.strerror}") from None
    frame.say(f"written: {out}")
