"""What stands around every command: `--home`, `--json`, `--why` wherever they are written; one line per error."""

import os
import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from smartdesk_pbx.errors import EdgeDown, RuleBroken

if TYPE_CHECKING:
    from smartdesk_pbx.settings import Settings

BAD_INPUT = 2
EVERYWHERE = "Everywhere, before the noun or after the command: --home DIR, --json, --why REASON."

_TAKES = {"--home": "which directory?", "--why": "which reason?"}


@dataclass(frozen=True)
class Frame:
    """What was said around the command. `home` None: SMARTDESK_HOME, else `var`."""

    home: Path | None = None
    json: bool = False
    why: str = ""
    """The reason that stands in the audit trail (R23)."""


_frame: ContextVar[Frame | None] = ContextVar("frame", default=None)


def frame() -> Frame:
    """The frame of the command that runs."""
    return _frame.get() or Frame()


def set_frame(home: Path | None, json: bool, why: str = "") -> None:
    """Called once, by the app's callback."""
    _frame.set(Frame(home, json, why))


def who() -> str:
    """Who types, for the audit trail: the name of this machine's account."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def home() -> Path:
    """The state directory, absolute: `--home`, else SMARTDESK_HOME, else `var`."""
    return (frame().home or Path(os.environ.get("SMARTDESK_HOME") or "var")).expanduser().absolute()


def settings(**more: object) -> "Settings":
    """The settings of this home, `more` before everything else. Raises `RuleBroken` naming each wrong one."""
    import tomllib

    from pydantic import ValidationError

    from smartdesk_pbx.settings import Settings

    try:
        return Settings(**{"home": home(), **{k: v for k, v in more.items() if v is not None}})  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [f"setting {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise RuleBroken("\n".join(lines)) from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RuleBroken(f"{home() / 'smartdesk.toml'}: {error}") from None


def noun(name: str, text: str) -> typer.Typer:
    """A noun of the command line: its verbs are added to what comes back."""
    return typer.Typer(name=name, help=text, no_args_is_help=True, epilog=EVERYWHERE, rich_markup_mode=None)


def hoist(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--home DIR`, `--json` and `--why REASON` moved to the front, where the app reads them."""
    front: list[str] = []
    rest: list[str] = []
    left = list(arguments)
    while left:
        word = left.pop(0)
        if word == "--":
            rest += [word, *left]
            break
        if word == "--json" or word.startswith(("--home=", "--why=")):
            front.append(word)
        elif word in _TAKES:
            if not left:
                raise RuleBroken(f"{word}: {_TAKES[word]}")
            front += [word, left.pop(0)]
        else:
            rest.append(word)
    return front + rest


def guarded(call: Callable[[], Any]) -> int:
    """The exit status of `call`: 2 and one line for somebody's mistake, 1 and one line when an edge is down."""
    try:
        answer = call()
        sys.stdout.flush()
        return answer if isinstance(answer, int) else 0
    except RuleBroken as error:
        return _tell(str(error), BAD_INPUT)
    except EdgeDown as error:
        return _tell(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        # The reader (head, less) left; closing stderr too keeps the interpreter from complaining at exit.
        sys.stderr.close()
        return 1
    except Exception as error:
        return _usage(error)


def say(text: str) -> None:
    """One line of progress, on stderr: stdout is for answers."""
    print(f"smartdesk: {text}", file=sys.stderr, flush=True)


def counted(done: int, total: int, name: str) -> None:
    """Progress of building prompts: every twentieth, and the last."""
    if done == total or done % 20 == 0:
        say(f"prompts: {done} of {total}")


def _tell(text: str, status: int) -> int:
    for line in text.splitlines() or ["failed"]:
        say(line)
    return status


def _usage(error: Exception) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        print(str(error), file=sys.stderr)
        return BAD_INPUT
    if not hasattr(error, "format_message"):
        raise error
    context = getattr(error, "ctx", None)
    more = f" (see: {context.command_path} --help)" if context is not None else ""
    return _tell(" ".join(error.format_message().split()) + more, BAD_INPUT)
