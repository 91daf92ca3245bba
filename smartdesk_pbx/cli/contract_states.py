"""What operations do to a contract: `contract suspend`, `resume`, `terminate`, `end`, `consent`, `reasons`."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.contract_requests import By, Contract, Reason, told

app = typer.Typer(rich_markup_mode=None)

Code = Annotated[str, typer.Option(help="Of Article 19.1, 27.4 or 8.4; contract reasons lists them.")]
Act = Annotated[str | None, typer.Option(help="The prohibited act of Article 20 behind a breach: 20-1 … 20-11.")]


@app.command(epilog=frame.EVERYWHERE)
def suspend(contract: Contract, code: Code, reason: Reason, act: Act = None, by: By = None) -> None:
    """R8.4, R19: suspend; fees go on (R8.5), what it stops is the setting suspension_covers."""
    answer = ask("contract.suspend", contract=contract, code=code, reason=reason, act=act, by=by)
    show.done(answer, f"contract {answer['contract']} is suspended{told(answer)}")


@app.command(epilog=frame.EVERYWHERE)
def resume(contract: Contract, reason: Reason, by: By = None) -> None:
    """Answer calls again."""
    answer = ask("contract.resume", contract=contract, reason=reason, by=by)
    show.done(answer, f"contract {answer['contract']} is active{told(answer)}")


@app.command(epilog=frame.EVERYWHERE)
def terminate(contract: Contract, code: Code, reason: Reason, act: Act = None, by: By = None) -> None:
    """R19, R27: end it today as a sanction; all debts are due today, the subscriber is listed as revoked."""
    answer = ask("contract.terminate", contract=contract, code=code, reason=reason, act=act, by=by)
    on = answer["effective_on"]
    show.done(answer, f"contract {answer['contract']} ended on {on}; all debts are due on {on}{told(answer)}")


@app.command(epilog=frame.EVERYWHERE)
def end(contract: Contract, reason: Reason, by: By = None) -> None:
    """End a contract today by agreement, without fee. It cannot be opened again."""
    answer = ask("contract.end", contract=contract, reason=reason, by=by)
    show.done(answer, f"contract {answer['contract']} ended on {answer['effective_on']}{told(answer)}")


@app.command(epilog=frame.EVERYWHERE)
def consent(
    contract: Contract,
    document: Annotated[str, typer.Option(help="Where the written consent lies.")],
    reason: Annotated[str, typer.Option(help="For whose business, or why it is withdrawn.")],
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It is no longer given.")] = False,
    by: By = None,
) -> None:
    """R10: our written consent to use for third parties."""
    answer = ask(
        "contract.consent", contract=contract, document=document, reason=reason, withdrawn=withdraw or None, by=by
    )
    show.done(answer, f"consent {'withdrawn' if withdraw else 'given'} on {answer['effective_on']}")


@app.command(epilog=frame.EVERYWHERE)
def reasons() -> None:
    """The codes for refusing, suspending and terminating, and the prohibited acts."""
    from smartdesk_pbx.contract.reasons import ACTS, REFUSAL, SUSPENSION, TERMINATION

    used = {"refuse": REFUSAL, "suspend": SUSPENSION, "terminate": TERMINATION, "act": ACTS}
    codes = {code: text for some in used.values() for code, text in some.items()}
    rows = [
        {"code": code, "for": [name for name, some in used.items() if code in some], "reason": text}
        for code, text in codes.items()
    ]
    show.rows(rows, "code", "for", "reason")
