"""`smartdesk case mark|reclassify|explain|evidence|log`: what people say of a case, and why it is charged as it is."""

from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show, tree
from smartdesk_pbx.cli.ask import ask, ask_live

Case = Annotated[str, typer.Argument(metavar="CASE", help="Id of the case.")]
By = Annotated[str | None, typer.Option(help="Who says so; default: you.")]
Note = Annotated[str, typer.Option(help="Sealed with the case.")]

MARKS = (
    "wrong_number, silent, fax, sales, test, other_language, out_of_hours, complaint, "
    "complaint_desk, support_desk, reservation_desk, forbidden_use"
)


def mark(
    case: Case,
    marks: Annotated[list[str] | None, typer.Argument(metavar="[MARK]...", help=MARKS)] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A word of your own; may be repeated.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take them back.")] = False,
    note: Note = "",
    by: By = None,
) -> None:
    """Say what a call was (R8.3, R8.4). A case that is judged already stays so: see `case reclassify --by-rules`."""
    answer = ask(
        "case.mark", case=case, marks=marks or [], tags=tag or [], remove=remove, note=note, by=by or frame.who()
    )
    show.done(answer, "\n".join(_marked(answer)))


def _marked(answer: dict[str, Any]) -> list[str]:
    names = [*answer["marks"], *(f"tag {name}" for name in answer["tags"])]
    lines = [f"in force: {', '.join(names) or 'no mark'}"]
    if answer["rules_say"]:
        lines.append(
            f"the rules would now say {answer['rules_say']}; to correct the judgement: "
            f"smartdesk case reclassify {answer['case']} --by-rules --reason …"
        )
    if standing := answer["complaints"]:
        lines.append(
            f"complaints about this subscriber within {standing['window_days']} days: {standing['count']}, "
            f"threshold {standing['threshold']}"
        )
        if standing["suspended_now"]:
            lines.append(f"a breach is deemed (Article 8.4), the contract was suspended: dossier {standing['dossier']}")
        elif standing["opened_now"]:
            lines.append(f"a breach is deemed (Article 8.4): smartdesk complaint show {standing['dossier']}")
    return lines


def reclassify(
    case: Case,
    reason: Annotated[str, typer.Option(help="Why; sealed with the case.")],
    case_class: Annotated[str | None, typer.Option("--class", help="What the case is.")] = None,
    units: Annotated[int | None, typer.Option(min=1, help="What it weighs against the quota.")] = None,
    not_billable: Annotated[bool, typer.Option("--not-billable", help="It is not charged.")] = False,
    surcharge: Annotated[list[str] | None, typer.Option(help="Code; all that apply, may be repeated.")] = None,
    by_rules: Annotated[bool, typer.Option("--by-rules", help="Ask the rules again, with today's marks.")] = False,
    by: By = None,
) -> None:
    """Correct a judgement: a further ledger entry with your name and reason, never an edit (R7.2)."""
    answer = ask(
        "case.reclassify",
        case=case,
        because=reason,
        case_class=case_class,
        units=units,
        not_billable=not_billable,
        surcharges=surcharge,
        by_rules=by_rules,
        by=by or frame.who(),
    )
    charge = tree.units(answer["units"]) if answer["billable"] else "not billable"
    show.done(answer, f"{answer['case_class']}, {charge}; before: {answer['before']}")


def transfer(case: Case) -> None:
    """R8.2: the caller asked the agent for a direct transfer. At the threshold the emergency number is shown."""
    answer = ask_live("case.transfer", case=case)
    line = "noted; the emergency number may not be told yet"
    if answer["missing"]:
        line = "noted; the number might be told now, but none is on file: operations have been told"
    show.done(answer, f"noted; you may tell the number {answer['number']}" if answer["released"] else line)


def told(case: Case) -> None:
    """R8.2: the agent told the caller the emergency number."""
    show.done(ask_live("case.told", case=case), "noted")


def explain(case: Case) -> None:
    """From what happened to what it costs: events, rule, units, amount, invoice line, recordings (R7.2)."""
    answer = ask("case.explain", case=case)
    if frame.frame().json:
        show.as_json(answer)
    else:
        tree.explained(answer)


def evidence(case: Case) -> None:
    """R8.2: the requests, calls and recordings that led to the emergency number's release, or how many are missing."""
    answer = ask("case.evidence", case=case)
    if frame.frame().json:
        show.as_json(answer)
    else:
        tree.evidence(answer)


def log(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="Id, or the subscriber who has only one.")],
    month: Annotated[str | None, typer.Option(help="As 2026-11; default: this one.")] = None,
    as_subscriber: Annotated[bool, typer.Option("--as-subscriber", help="Only what they may see (R6).")] = False,
) -> None:
    """The call log of a contract for a month, by arrival."""
    answer = ask("case.log", contract=contract, month=month, as_subscriber=as_subscriber)
    columns = ("arrived_at", "number", "caller", "human", "seconds", "outcome", "case_class", "units", "case_id")
    show.rows(tree.in_tokyo(answer, "arrived_at"), *columns, empty="no calls")
