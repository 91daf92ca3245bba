"""`smartdesk flow simulate`, `flow test`: calls through a flow that is not live, by hand or from conversation files."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.files import text_of
from smartdesk_pbx.errors import RuleBroken

app = typer.Typer(rich_markup_mode=None)

SCRIPT = ".test.yaml"
"""What stands behind the name of a conversation file."""


@app.command(epilog=frame.EVERYWHERE)
def simulate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML file of the flow.")],
    scripts: Annotated[list[Path] | None, typer.Argument(metavar="SCRIPT", help="Conversation files.")] = None,
    script: Annotated[
        bool, typer.Option("--script", help="Run conversation files, each a test; default NAME.test.yaml beside FILE.")
    ] = False,
    at: Annotated[str | None, typer.Option(help='When the call arrives: "2026-12-31 10:00"; default: now.')] = None,
    caller: Annotated[str | None, typer.Option(help="Number, or anonymous.")] = None,
    agents: Annotated[str | None, typer.Option(help="How many are free; none; busy.")] = None,
    language: Annotated[str | None, typer.Option(help="The number's language.")] = None,
    number: Annotated[str | None, typer.Option(help="Assigned number: with the settings of its contract.")] = None,
    text: Annotated[bool, typer.Option(help="What the prompts say, or their names alone.")] = True,
) -> int:
    """A call in the terminal: the text of each prompt, press keys, jump in time. In it, ? shows what can be done."""
    if script or scripts:
        return _run([(file, one) for one in scripts or [_beside(file)]])
    from smartdesk_pbx.cli.in_call import CHANGES, InCall
    from smartdesk_pbx.flow.given import given_of, written
    from smartdesk_pbx.flow.load import load

    tree = load(file)
    given: dict[str, Any] = {"at": written(datetime.now().astimezone(), tree)}
    given |= ask("flow.given", number=number) if number else {}
    wanted = {"at": at, "caller": caller, "agents": agents, "lang": language}
    given |= {CHANGES[word][0]: CHANGES[word][1](said) for word, said in wanted.items() if said is not None}
    InCall(file, tree, frame.settings(), given_of(given), by_text=text).run()
    return 0


@app.command("test", epilog=frame.EVERYWHERE)
def run_scripts(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Flows, or conversation files of flows.")],
) -> int:
    """Run the conversation files of flows (NAME.test.yaml beside NAME.yaml), each a test; status 2 when one fails."""
    pairs = list(dict.fromkeys(_pair(file) for file in files))
    untested = [flow for flow, script in pairs if not script.exists()] if len(files) > 1 else []
    for flow in untested:
        frame.say(f"{flow}: no conversation file")
    return _run([pair for pair in pairs if pair[0] not in untested])


def _beside(flow: Path) -> Path:
    return flow.with_name(flow.name.removesuffix(".yaml") + SCRIPT)


def _pair(file: Path) -> tuple[Path, Path]:
    """The flow of a conversation file, or the conversation file of a flow; and that file."""
    if not file.name.endswith(SCRIPT):
        return file, _beside(file)
    from smartdesk_pbx.flow.script import flow_of

    named = flow_of(text_of(file), file.name)
    return file.with_name(named or file.name.removesuffix(SCRIPT) + ".yaml"), file


def _run(pairs: Sequence[tuple[Path, Path]]) -> int:
    """Each conversation in one line, what failed with the conversation so far; the exit status."""
    from smartdesk_pbx.flow.load import load
    from smartdesk_pbx.flow.perform import perform
    from smartdesk_pbx.flow.script import read_script

    answer, failed = [], 0
    for flow, script in pairs:
        if not script.exists():
            raise RuleBroken(f"{flow}: there is no conversation file {script}; `save` in flow simulate begins one")
        tree = load(flow)
        for one in read_script(text_of(script), str(script), tree):
            failure = perform(tree, one).failure
            failed += failure is not None
            answer.append({
                "file": str(script), "conversation": one.name, "passed": failure is None,
                "where": failure.where if failure else "", "wrong": failure.wrong if failure else "",
                "so_far": list(failure.so_far) if failure else [],
            })  # fmt: skip
    _tell(answer, failed)
    return frame.BAD_INPUT if failed else 0


def _tell(answer: Sequence[dict[str, Any]], failed: int) -> None:
    if show.for_programs():
        return show.as_json(answer)
    for one in answer:
        print(f"{'pass' if one['passed'] else 'FAIL'}  {one['file']}: {one['conversation']}")
        if not one["passed"]:
            print(f"      {one['where']}: {one['wrong']}")
            print("".join(f"      {line}\n" for line in one["so_far"]), end="")
    print(f"{len(answer)} conversations, {failed} failed")
