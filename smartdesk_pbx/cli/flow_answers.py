"""The answers that `smartdesk flow new` needs: from a file, from the command line, or asked one after the other."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from smartdesk_pbx.cli.files import text_of
from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.contract.document import nearest, read
from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken

if TYPE_CHECKING:
    from smartdesk_pbx.flow.templates import Template
    from smartdesk_pbx.flow.typed import Answers, Value


@dataclass(frozen=True)
class Given:
    """An answer that need not be asked, and where it stands."""

    text: str
    where: str


def given(template: "Template", file: Path | None, typed: Sequence[str]) -> dict[str, Given]:
    """The answers of a file (`NAME: ANSWER`) and those typed as NAME=ANSWER, which count more. Raises `Mistakes`."""
    found: dict[str, Given] = {}
    mistakes: list[Mistake] = []
    if file:
        document = read(text_of(file), str(file))
        mistakes += document.mistakes
        if not isinstance(document.content, dict):
            raise Mistakes([Mistake(f"{file}:1", "no answers stand here", "a line for each: `holidays: yes`")])
        found |= {name: Given(_as_typed(one), document.where((name,))) for name, one in document.content.items()}
    for one in typed:
        name, equals, text = one.partition("=")
        found[name.strip()] = Given(text.strip(), f"--answer {one}")
        if not equals:
            mistakes.append(Mistake(f"--answer {one}", "no answer", f"write {one}=ANSWER"))
    for name, answer in found.items():
        if name not in template.questions:
            wrong = f"{template.name} does not ask {name!r}"
            mistakes.append(Mistake(answer.where, wrong, nearest(name, template.questions)))
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _as_typed(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if value is None or isinstance(value, bool):
        return "yes" if value else "none" if value is None else "no"
    return str(value)


def ask_all(template: "Template", given: Mapping[str, Given], *, usual: bool) -> "Answers":
    """An answer to every question, in their order: given, or with `usual` the usual one, or asked. Raises `Mistakes`
    for all that do not fit, where nobody can be asked again."""
    from smartdesk_pbx.flow.questions import QUESTIONS, answered

    today = datetime.now(TOKYO).date()
    said: dict[str, Value] = {}
    mistakes: list[Mistake] = []
    for name in template.questions:
        known, settled = given.get(name), QUESTIONS[name].settled(said)
        if known is None and settled is not None:
            known = Given(settled, name)
        elif known is None and usual:
            known = Given(template.usual(name), name)
        if known is None and not mistakes:
            said |= _ask(name, template.usual(name), said, today)
        elif known is not None:
            try:
                said |= answered(name, known.text, said, today)
            except RuleBroken as error:
                mistakes.append(Mistake(known.where, str(error)))
    if mistakes:
        raise Mistakes(mistakes)
    return said


def _ask(name: str, usual: str, before: "Answers", today: date) -> "Answers":
    """Ask one question until the answer fits."""
    from smartdesk_pbx.flow.questions import QUESTIONS, answered

    def fits(text: str) -> "Answers":
        try:
            return answered(name, text, before, today)
        except RuleBroken as error:
            raise typer.BadParameter(str(error)) from None

    question = QUESTIONS[name]
    print(f"\n{question.en}\n{question.ja}\n  ({question.example})")
    try:
        found: Answers = typer.prompt(name, default=usual or None, value_proc=fits)
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        raise RuleBroken(f"{name}: no answer; give --answer {name}=…, --answers FILE or --usual") from None
    return found
