"""`smartdesk flow new`: a few questions, and a ready-made flow of one's own with its tests."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.files import text_of
from smartdesk_pbx.cli.flow_answers import ask_all, given
from smartdesk_pbx.contract.document import nearest
from smartdesk_pbx.errors import Mistakes, RuleBroken

if TYPE_CHECKING:
    from smartdesk_pbx.flow.templates import Template
    from smartdesk_pbx.flow.tree import Tree
    from smartdesk_pbx.flow.typed import Answers

app = typer.Typer(rich_markup_mode=None)

TESTS = ".test.yaml"
SAMPLES = frozenset({"shop-hours", "clinic-hours", "company-info"})
"""Prompts whose texts name hours that are nobody's: every installation writes its own."""


@app.command("new", epilog=frame.EVERYWHERE)
def new(
    template: Annotated[str, typer.Option("--from", metavar="TEMPLATE", help="A ready-made flow; see --list.")] = "",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Default: TEMPLATE.yaml here.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Answers, a line for each: `team: front`.")
    ] = None,
    answer: Annotated[list[str] | None, typer.Option(metavar="NAME=ANSWER", help="One answer; repeatable.")] = None,
    usual: Annotated[bool, typer.Option("--usual", help="Ask nothing: the usual answer to all the rest.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over files that are there.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="The ready-made flows, and what each asks.")] = False,
) -> int:
    """Answer a few questions and have a flow with its tests written: one that passes check and prove."""
    if listing or not template:
        return _list()
    found = _template(template)
    file = out or Path(f"{found.name}.yaml")
    _may_write(file, overwrite)
    said = ask_all(found, given(found, answers, answer or []), usual=usual)
    return _write(found, said, file)


def _list() -> int:
    listed = [
        {"template": one.name, "en": one.en, "ja": one.ja, "asks": list(one.questions)} for one in _templates().values()
    ]
    if show.for_programs():
        show.as_json(listed)
    else:
        print("".join(f"{one['template']}\n    {one['en']}\n    {one['ja']}\n" for one in listed))
        print("smartdesk flow new --from TEMPLATE -o FILE")
    return 0


# ---- templates -------------------------------------------------------------------------------------------------------


def _folder() -> Path:
    from smartdesk_pbx.settings import share

    return share("dialplans") / "flows"


def _read(file: Path) -> "Template":
    from smartdesk_pbx.flow.templates import Template

    tests = file.with_name(file.stem + TESTS)
    return Template(file.stem, text_of(file), text_of(tests) if tests.exists() else "")


def _templates() -> dict[str, "Template"]:
    read_ = (_read(file) for file in sorted(_folder().glob("*.yaml")) if not file.name.endswith(TESTS))
    return {one.name: one for one in read_ if one.is_template}


def _template(name: str) -> "Template":
    known = _templates()
    if name not in known:
        raise RuleBroken(f"there is no template {name!r}; {nearest(name, known)} (smartdesk flow new --list)")
    return known[name]


# ---- the files -------------------------------------------------------------------------------------------------------


def _tests_of(file: Path) -> Path:
    return file.with_name(file.name.removesuffix(".yaml") + TESTS)


def _may_write(file: Path, overwrite: bool) -> None:
    """Before anything is asked: could the answer be written?"""
    import re

    from smartdesk_pbx.flow.parts import NAME

    if not re.fullmatch(rf"{NAME}\.yaml", file.name):
        raise RuleBroken(f"{file.name}: a flow's file is called NAME.yaml, in small letters, digits and hyphens")
    if not file.parent.is_dir():
        raise RuleBroken(f"{file.parent}: there is no such folder")
    there = [str(one) for one in (file, _tests_of(file)) if one.exists()]
    if there and not overwrite:
        raise RuleBroken(f"{' and '.join(there)}: there already; another name with -o, or --overwrite")


def _write(template: "Template", said: "Answers", file: Path) -> int:
    """Write the flow, its tests and the shared flows that it calls; prove it and run the tests."""
    from smartdesk_pbx.flow.link import Shared, beside
    from smartdesk_pbx.flow.load import load
    from smartdesk_pbx.flow.templates import fill

    now = datetime.now(UTC)
    mine = fill(template, said, file.name.removesuffix(".yaml"), now)
    shared: dict[Path, str] = {}

    def find(name: str) -> Shared | None:
        if there := beside(file.parent)(name):
            return there
        text = fill(_read(_folder() / f"{name}.yaml"), said, name, now).text
        shared[file.with_name(f"{name}.yaml")] = text
        return Shared(text, f"{name}.yaml")

    try:
        tree = load(mine.text, name=file.name, find=find)
    except Mistakes as wrong:
        raise RuleBroken(f"nothing was written, for {file} would have mistakes:\n{wrong}") from None
    texts = {file: mine.text, _tests_of(file): mine.tests, **shared}
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    return _tell(file, tree, list(texts), said)


def _tell(file: Path, tree: "Tree", written: list[Path], said: "Answers") -> int:
    from smartdesk_pbx.flow.nodes import Ring
    from smartdesk_pbx.flow.perform import perform
    from smartdesk_pbx.flow.script import read_script
    from smartdesk_pbx.office.flow_prove import shown, standard

    proof = shown(frame.settings(), tree, standard(), datetime.now(UTC))
    tests = read_script(text_of(_tests_of(file)), _tests_of(file).name, tree)
    failed = [one.name for one in tests if perform(tree, one).failure]
    rung = sorted({number for node in tree.nodes.values() if isinstance(node, Ring) for number in node.to})
    answer = {"files": [str(one) for one in written], "flow": tree.flow, "verdict": proof.verdict,
              "conversations": len(tests), "failed": failed, "rings": rung}  # fmt: skip
    if show.for_programs():
        show.as_json(answer)
    else:
        print("\n".join(_lines(file, tree, answer)))
    return 0 if proof.verdict == "proved" and not failed else frame.BAD_INPUT


def _lines(file: Path, tree: "Tree", answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"\nwritten: {', '.join(answer['files'])}"
    passed = "all pass" if not answer["failed"] else f"these fail: {', '.join(answer['failed'])}"
    yield f"{answer['flow']}: {len(tree.nodes)} nodes, {answer['verdict']}; {answer['conversations']} tests, {passed}"
    yield "\nnext:"
    yield f"  a call in the terminal     smartdesk flow simulate {file}"
    yield f"  a picture                  smartdesk flow show {file} --format svg -o {file.with_suffix('.svg')}"
    yield f"  what was proved            smartdesk flow prove {file}"
    if samples := sorted(SAMPLES & tree.prompts()):
        yield f"  texts of your own for      {', '.join(samples)} (HOME/prompts/ja.yaml; docs/prompts.md)"
    if numbers := ",".join(answer["rings"]):
        yield f"  let it ring outside        smartdesk contract set CONTRACT allowed_destinations={numbers}"
    for name in tree.shared:
        yield f"  publish what it calls      smartdesk flow publish {file.with_name(f'{name}.yaml')}"
    yield f"  publish it                 smartdesk flow publish {file} --number NUMBER"
