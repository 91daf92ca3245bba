"""What is asked of a contract: `contract when`, `change-plan`, `cancel`, `keep`, `waive`, `history`, `due`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = typer.Typer(rich_markup_mode=None)

Contract = Annotated[str, typer.Argument(metavar="CONTRACT", help="Id, or the subscriber who has only one.")]
By = Annotated[str | None, typer.Option(help="Who asked, or who enters it.")]
Reason = Annotated[str, typer.Option(help="Why; kept inside.")]
On = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The day it was received; default: today (Tokyo).")]


class What(StrEnum):
    """What one may ask for."""

    plan_change = "plan-change"
    cancel = "cancel"


@app.command(epilog=frame.EVERYWHERE)
def when(
    what: Annotated[What, typer.Argument(help="plan-change or cancel.")],
    contract: Contract,
    on: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="As if asked on that day; default: today (Tokyo).")
    ] = None,
) -> None:
    """R12, R18: from when it takes effect, asked now or after the deadline, and what it costs. Changes nothing."""
    answer = ask("contract.when", contract=contract, what=what.value, on=on)
    if frame.frame().json:
        return show.as_json(answer)
    lines = [(word, answer[word]) for word in ("now", "later", "free") if answer[word]]
    ends = what is What.cancel
    show.rows(
        [_line(word, one, ends) for word, one in lines],
        "asked", "from", "to", "contract ends on" if ends else "new plan from", *(("costs",) if ends else ()),
    )  # fmt: skip
    if answer["waits"] and not ends:
        print(f"A change to {answer['waits']['plan']} waits for {answer['waits']['on']}; a new request replaces it.")
    if answer["ends_on"]:
        print(f"The contract already ends on {answer['ends_on']}.")


def _line(word: str, one: Mapping[str, Any], ends: bool) -> dict[str, Any]:
    words = {"now": "now", "later": "after the deadline", "free": "without a fee"}
    line = {"asked": words[word], "from": one["asked_from"], "to": one["asked_until"]}
    if not ends:
        return line | {"new plan from": one["effective_on"]}
    costs = f"{one['fee_yen']:,} yen (untaxed)" if one["fee_yen"] else "nothing: a term's last month"
    return line | {"contract ends on": one["effective_on"], "costs": costs}


@app.command("change-plan", epilog=frame.EVERYWHERE)
def change_plan(
    contract: Contract,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Short name of the new plan.")],
    on: On = None,
    by: By = None,
) -> None:
    """R12: ask for another plan; contract when plan-change says from when."""
    answer = ask("contract.change-plan", contract=contract, plan=plan, on=on, by=by)
    show.done(answer, f"on plan {plan} from {answer['effective_on']}{told(answer)}")


@app.command("keep-plan", epilog=frame.EVERYWHERE)
def keep_plan(contract: Contract, reason: Reason, by: By = None) -> None:
    """R12: withdraw a plan change that waits."""
    answer = ask("contract.keep-plan", contract=contract, reason=reason, by=by)
    show.done(answer, f"the change to {answer['plan']} on {answer['effective_on']} is withdrawn{told(answer)}")


@app.command(epilog=frame.EVERYWHERE)
def cancel(contract: Contract, on: On = None, by: By = None) -> None:
    """R18: the subscriber cancels; contract when cancel says when it ends and what that costs."""
    answer = ask("contract.cancel", contract=contract, on=on, by=by)
    fee = f"{answer['fee_yen']:,} yen early-termination fee" if answer["fee_yen"] else "no fee"
    show.done(answer, f"ends on {answer['effective_on']}, {fee}{told(answer)}")


@app.command(epilog=frame.EVERYWHERE)
def keep(contract: Contract, reason: Reason, by: By = None) -> None:
    """R18: withdraw a cancellation before its day; the contract goes on."""
    answer = ask("contract.keep", contract=contract, reason=reason, by=by)
    show.done(answer, f"the end on {answer['effective_on']} is withdrawn{told(answer)}")


@app.command(epilog=frame.EVERYWHERE)
def waive(contract: Contract, reason: Reason, by: By = None) -> None:
    """R18: do not charge the early-termination fee."""
    answer = ask("contract.waive", contract=contract, reason=reason, by=by)
    show.done(answer, f"{answer['fee_yen']:,} yen waived{told(answer)}")


@app.command(epilog=frame.EVERYWHERE)
def history(contract: Contract) -> None:
    """Everything that happened to a contract, with the inside reasons."""
    answer = ask("contract.history", contract=contract)
    show.rows(answer, "at", "kind", "effective_on", "by", "reason_code", "reason", "doc")


@app.command(epilog=frame.EVERYWHERE)
def statement(contract: Contract) -> None:
    """R22, R28: fees paid and scheduled, the penalty and the cap on damages that follow. Charges nothing."""
    answer = ask("contract.statement", contract=contract)
    if frame.frame().json:
        return show.as_json(answer)
    months = [
        {"month": one["month"], "fee": yen(one["fee_yen"]), "paid": yen(one["paid_yen"]),
         "": "closed" if one["closed"] else one["why"] or "preview"}
        for one in answer["months"]
    ]  # fmt: skip
    show.rows(months, "month", "fee", "paid", "")
    penalty, cap = answer["penalty"], answer["damages_cap"]
    of = ", ".join(month for month, _ in cap["months"])
    print(f"\npaid {yen(answer['paid_yen'])}, scheduled until {answer['until']}: {yen(answer['scheduled_yen'])}")
    print(f"penalty (22.2): {penalty['times']} × the higher of both = {yen(penalty['yen'])}")
    print(f"damages are capped (28.3) at {yen(cap['yen'])} ({of or 'nothing known'})")
    if cap["expected"]:
        print(f"expected, not paid: {', '.join(cap['expected'])}")
    if answer["unpriced"]:
        print(f"not in these sums, no price table: {', '.join(answer['unpriced'])}")


def yen(amount: int | None) -> str:
    """An amount as one reads it."""
    return "-" if amount is None else f"{amount:,} yen"


@app.command(epilog=frame.EVERYWHERE)
def due() -> None:
    """Let take effect what is due today: plan changes, renewals, ends. The daemon does this by itself."""
    show.rows(ask("contract.due"), "contract", "kind", "effective_on", "doc", empty="nothing is due")


def told(answer: Mapping[str, Any]) -> str:
    """How a line goes on: how many letters were queued."""
    count = answer["told"]
    return f"; {count} letter{'' if count == 1 else 's'} queued" if count else "; no mail address on file, nobody told"
