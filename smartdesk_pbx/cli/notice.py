"""`smartdesk notice`: maintenance, interruption, end of service."""

from datetime import datetime
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.clock import TOKYO

app = frame.noun("notice", "Notices: what callers hear and subscribers are told (R13, R21, R30).")

Notice = Annotated[str, typer.Argument(metavar="NOTICE", help="Its id.")]
By = Annotated[str | None, typer.Option(help="Who says so; default: operations.")]
SPAN = ("from_at", "to_at")
SHOWN = ("notice", "kind", "scope", "state", "from_at", "to_at", "subject", "told")


@app.command(epilog=frame.EVERYWHERE)
def add(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="maintenance, interruption or end_of_service.")],
    subject: Annotated[str, typer.Option(help="One line, in Japanese.")],
    text: Annotated[str, typer.Option(help="What is done, and what it means for the subscriber; in Japanese.")],
    from_: Annotated[str | None, typer.Option("--from", help='As "2026-12-01 02:00", Tokyo; default: now.')] = None,
    to: Annotated[str | None, typer.Option(help="As --from; default: open end.")] = None,
    node: Annotated[str | None, typer.Option(help="For calls that come in on this node.")] = None,
    plan: Annotated[str | None, typer.Option(help="For contracts on this plan.")] = None,
    contract: Annotated[str | None, typer.Option(help="For this contract; id or subscriber.")] = None,
    prompt: Annotated[str | None, typer.Option(help="What callers hear instead of the usual announcement.")] = None,
    by: By = None,
) -> None:
    """Give a notice: calls meet it from --from to --to, subscribers are told at once."""
    answer = ask(
        "notice.add", kind=kind, subject=subject, text=text, from_=from_, to=to, node=node, plan=plan,
        contract=contract, prompt=prompt, by=by,
    )  # fmt: skip
    letters = sum(one["letters"] for one in answer["hearers"])
    show.done(answer, f"notice {answer['notice']}: told to {answer['told']} of the subscribers, by {letters} mails")


@app.command(epilog=frame.EVERYWHERE)
def end(notice: Notice, by: By = None) -> None:
    """End a notice now, or withdraw one that has not begun."""
    answer = ask("notice.end", notice=notice, by=by)
    show.done(answer, f"notice {answer['notice']} is {answer['state']}")


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    subscriber: Annotated[str | None, typer.Option(help="Those that this subscriber was told of.")] = None,
) -> None:
    """All notices, the newest first."""
    show.rows([_in_tokyo(one) for one in ask("notice.list", subscriber=subscriber)], *SHOWN)


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(notice: Notice) -> None:
    """One notice: its text, who was told when, and the cases of calls that met it."""
    answer = _in_tokyo(ask("notice.show", notice=notice))
    show.one(answer, leave_out=("hearers",))
    if not frame.frame().json:
        show.rows(answer["hearers"], "subscriber", "told_at", "timing", "letters", empty="told to nobody")


def _in_tokyo(answer: dict[str, Any]) -> dict[str, Any]:
    """For people: the span as it is typed, in Tokyo's civil time. Programs get it as it came."""
    if frame.frame().json:
        return answer
    spans = {name: datetime.fromisoformat(answer[name]).astimezone(TOKYO) for name in SPAN if answer[name]}
    return {**answer, **{name: f"{at:%Y-%m-%d %H:%M}" for name, at in spans.items()}}
