"""`smartdesk demo`: the switchboard at work with real SIP phones, told as it happens."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smartdesk_pbx.cli import frame
from smartdesk_pbx.cli.dev import set_up
from smartdesk_pbx.cli.frame import say
from smartdesk_pbx.errors import EdgeDown, RuleBroken

if TYPE_CHECKING:
    from rich.console import Console

    from smartdesk_pbx.cli.supervise import Ready
    from smartdesk_pbx.settings import Settings
    from smartdesk_pbx.trial.stage import Stage

WIDTH = 80


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop by itself when the story is told.")] = False,
    sip: Annotated[str | None, typer.Option(help="HOST:PORT for SIP; port 0: any free one.")] = None,
    http: Annotated[str | None, typer.Option(help="HOST:PORT of the API, on loopback; port 0: any free one.")] = None,
    month: Annotated[
        bool, typer.Option("--month", help="Instead: a month of 50 subscribers in skipped time, closed and billed.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Of the month: the same seed gives the same calls.")] = None,
) -> int:
    """Start everything, let two callers call with real SIP phones and tell what happens; then stay up until Ctrl-C.

    Status 1 when anything does not happen as it must.
    """
    began_s = time.monotonic()
    if month:
        from smartdesk_pbx.cli.month import show_month

        return show_month(_console(), began_s, seed, _typed())
    if seed is not None:
        raise RuleBroken("--seed belongs to --month")
    settings = frame.settings(sip=sip, http=http)
    node = set_up(settings)
    import asyncio

    from smartdesk_pbx.cli.supervise import Supervisor

    show = Show(settings, _console(), began_s, once=once)
    log = settings.home / "log" / "demo.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    with open(log, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as kept:
        try:
            status = asyncio.run(Supervisor(settings, node, play=show.play, log=kept).run())
        except EdgeDown as error:
            raise EdgeDown(f"{error}; {log} ends: {_last_line(log)}") from None
    if show.broke:
        say(f"the daemon's log: {log}; Asterisk's: {settings.asterisk_dir / 'log'}")
    elif once and not show.told:
        say("stopped before the story's end")
    return status or (1 if once and not show.told else 0)


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "nothing")


class Show:
    """One evening: the story, then how to go on. `told`: the story came to its end; `broke`: it could not."""

    def __init__(self, settings: "Settings", console: "Console", began_s: float, *, once: bool) -> None:
        self.settings, self.console, self.began_s, self.once = settings, console, began_s, once
        self.told = self.broke = False

    async def play(self, ready: "Ready") -> int | None:
        """What the supervisor calls when calls can arrive: 1 when the story broke, 0 at its end with `once`."""
        from smartdesk_pbx.trial.plug_in import tell_commands, tell_phones
        from smartdesk_pbx.trial.stage import StoryBroke
        from smartdesk_pbx.trial.story import play

        stage = self._stage(str(ready["sip"]))
        try:
            await play(stage)
            tell_commands(stage)
            tell_phones(stage)
        except (StoryBroke, RuleBroken, EdgeDown) as error:
            self.broke = True
            say(f"the demo broke off: {' '.join(str(error).split())}")
            return 1
        self.told = True
        stage.teller.gap()
        if self.once:
            return 0
        stage.teller.note(("Everything stays up. Ctrl-C stops it.", "bold"))
        return None

    def _stage(self, sip: str) -> "Stage":
        from smartdesk_pbx.trial.stage import Stage
        from smartdesk_pbx.trial.teller import Teller

        return Stage(self.settings, sip, Teller(self.console, self.began_s), _ask, _run, _typed())


def _console() -> "Console":
    from rich.console import Console

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
    console = Console(markup=False, highlight=False, emoji=False)
    console.width = min(WIDTH, console.width) if console.is_terminal else WIDTH
    return console


async def _ask(operation: str, /, **params: object) -> Any:
    import asyncio

    from smartdesk_pbx.cli.ask import ask_live

    return await asyncio.to_thread(ask_live, operation, **params)


async def _run(*words: str) -> str:
    import asyncio

    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "smartdesk_pbx", "--home", str(frame.home()), *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise EdgeDown(f"`{' '.join(words[:2])}` ended with status {child.returncode}: {(out + err).decode()}")
    return out.decode()


def _typed() -> str:
    """How one types the CLI from here."""
    import shutil

    program = Path(sys.argv[0]).absolute()
    near = os.path.relpath(program)
    on_path = shutil.which("smartdesk")
    found = on_path and Path(on_path).resolve() == program.resolve()
    name = "smartdesk" if found or program.name != "smartdesk" else min(near, str(program), key=len)
    return name if frame.home() == Path("var").absolute() else f"{name} --home {frame.home()}"
