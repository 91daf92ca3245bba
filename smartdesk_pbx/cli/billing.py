"""`smartdesk billing`: the month's close."""

from pathlib import Path
from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask, here
from smartdesk_pbx.cli.bar import bar
from smartdesk_pbx.cli.files import text_of
from smartdesk_pbx.cli.sums import lines_and_sums, yen

app = frame.noun("billing", "The month's close: what is owed, computed from the ledger (R15, R16).")

Month = Annotated[str, typer.Argument(metavar="MONTH", help="As 2026-11.")]
Contract = Annotated[str, typer.Argument(metavar="CONTRACT", help="Id, or the subscriber who has only one.")]
MaybeMonth = Annotated[str | None, typer.Argument(metavar="[MONTH]", help="As 2026-11; default: the running one.")]
Only = Annotated[str | None, typer.Option("--contract", help="Only this one: id, or its subscriber.")]


@app.command(epilog=frame.EVERYWHERE)
def close(
    month: Month,
    contract: Only = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell problems and sums, write nothing.")] = False,
    skip: Annotated[
        bool, typer.Option("--skip", help="Close the contracts without problems, leave the others.")
    ] = False,
    override: Annotated[
        str | None, typer.Option(metavar="REASON", help="Go ahead although a node was not read to the month's end.")
    ] = None,
) -> None:
    """Close a month, each contract whole or not at all; repeat it after a crash. Status 1 while problems are left."""
    params = {"month": month, "contract": contract, "dry_run": dry_run, "skip": skip, "reason": override}
    answer = _long("contracts", "billing.close", **params)
    if frame.frame().json:
        show.as_json(answer)
    else:
        _tell(answer)
    if answer["problems"]:
        raise typer.Exit(1)


def _tell(answer: dict[str, Any]) -> None:
    for problem in answer["problems"]:
        where = problem["subscriber"] or ("all" if problem["contract"] is None else problem["contract"])
        print(f"{where}: {problem['wrong']} ({problem['right']})")
    if answer["blocked"]:
        return print(f"{answer['month']}: nothing was closed ({_counted(len(answer['problems']), 'problem')})")
    did = "would be closed" if answer["dry_run"] else "closed"
    print(f"{answer['month']}: {_counted(answer['closed'], 'contract')} {did}, {_counted(answer['cases'], 'case')}")
    rows = [{"": name, **answer[name]} for name in ("invoices", "corrections") if answer[name]["documents"]]
    shown = [{k: yen(v) if k.endswith("_yen") else v for k, v in row.items()} for row in rows]
    if shown:
        show.rows(shown, "", "documents", "net_yen", "tax_yen", "untaxed_yen", "total_yen")


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


@app.command("list", epilog=frame.EVERYWHERE)
def listing(month: Month) -> None:
    """The contracts whose month is closed."""
    rows = ask("billing.list", month=month)
    show.rows(rows, "number", "subscriber", "plan", "total_yen", "closed_at", empty=f"{month} is closed for nobody")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(contract: Contract, month: Month) -> None:
    """The rating entry of a closed month: what the charge rests on, its lines, its corrections of earlier months."""
    answer = ask("billing.show", contract=contract, month=month)
    if frame.frame().json:
        return show.as_json(answer)
    basis = answer["basis"]
    show.one(
        {
            "contract": answer["contract_id"], "month": answer["month"], "invoice": answer["number"],
            "plan": basis["prices"]["plan"], "prices from": basis["prices"]["valid_from"], "parts": basis["parts"],
            "options": [f"{one['code']} x {one['count']}" for one in basis["options"]],
            "cases": len({row[0] for row in answer["cases"]}), "ledger read to": answer["until"],
            "override": answer["override"],
        }
    )  # fmt: skip
    lines_and_sums(answer["lines"], None)
    for one in answer["corrections"]:
        print(f"\ncorrects {one['month']} by document {show.text(one['number'])}")
        lines_and_sums(one["lines"], None)


@app.command(epilog=frame.EVERYWHERE)
def preview(contract: Contract, month: MaybeMonth = None) -> None:
    """What a month would come to if it were closed now."""
    answer = ask("billing.preview", contract=contract, month=month)
    if frame.frame().json:
        return show.as_json(answer)
    print(f"contract {answer['contract']}, {answer['month']}, preview: everything may still change")
    lines_and_sums(answer["lines"], answer["sums"])
    for problem in answer["problems"]:
        print(f"would not close yet: {problem['wrong']} ({problem['right']})")


@app.command(epilog=frame.EVERYWHERE)
def rerate(
    month: Month,
    contract: Only = None,
    check: Annotated[bool, typer.Option("--check", help="The usual: compare, change nothing.")] = True,
) -> None:
    """Compute a closed month again from the ledger, compare every byte of its invoices. Status 1 when one differs."""
    answer = _long("contracts", "billing.rerate", month=month, contract=contract)
    wrong = [f"contract {one['contract_id']}, invoice {show.text(one['number'])}: {one['wrong']}"
             for one in answer["differs"]]  # fmt: skip
    same = f"{month}: {_counted(answer['contracts'], 'contract')} computed again, every byte the same"
    show.done(answer, "\n".join(wrong) if wrong else same)
    if wrong:
        raise typer.Exit(1)


@app.command(epilog=frame.EVERYWHERE)
def whatif(
    month: Month,
    plans: Annotated[list[Path], typer.Option(help="Price table (YAML) to try; may be repeated, one per plan.")],
) -> None:
    """What other prices would have charged in a month. Nothing is written."""
    texts = {str(file): text_of(file) for file in plans}
    answer = here("billing.whatif", month=month, texts=texts)
    if frame.frame().json:
        return show.as_json(answer)
    money = ("now_yen", "then_yen", "difference_yen")
    total = {"subscriber": "all", "cases": sum(r["cases"] for r in answer)}
    total |= {name: sum(row[name] or 0 for row in answer) for name in money}
    rows = [row | {name: yen(row[name]) for name in money} for row in [*answer, total]]
    show.rows(rows if answer else [], "subscriber", "plan", "cases", *money, empty="no contract on these plans")


def _long(unit: str, operation: str, **params: object) -> Any:
    """An operation done here, with a bar on stderr."""
    from smartdesk_pbx.office.progress import told

    with bar(unit) as progress, told(progress):
        return here(operation, **params)
