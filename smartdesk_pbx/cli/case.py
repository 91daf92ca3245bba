"""`smartdesk case`: what happened in a call, how it was judged, and whether the chain holds."""

from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, judgement, show
from smartdesk_pbx.cli.ask import ask, ask_live, here

app = frame.noun("case", "Cases: the facts of each call, its judgement, its primary response.")

Case = Annotated[str, typer.Argument(metavar="CASE", help="Id of the case.")]
Items = Annotated[str | None, typer.Option(help="Of name, phone, callback, purpose; joined by commas.")]


@app.command("list", epilog=frame.EVERYWHERE)
def listing(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    number: Annotated[str | None, typer.Option(help="Only this assigned number.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only those not closed yet.")] = False,
) -> None:
    """Cases, newest first."""
    answer = ask("case.list", limit=limit, number=number, open_only=open_only)
    show.rows(answer, "case_id", "number", "outcome", "billable", "rule", "started_at", "ended_at", "closed_at")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(case: Case) -> None:
    """One case: its events in order, its judgement, its recordings."""
    answer = ask("case.show", case=case)
    show.one(answer, leave_out=("events", "response", "judgement"))
    if frame.frame().json:
        return
    for part in ("judgement", "response"):
        if answer[part]:
            print(f"\n{part}")
            show.one(answer[part])
    print()
    show.rows([{"at": e["at"], "event": e["kind"], "what": _what(e)} for e in answer["events"]], "at", "event", "what")


def _what(event: dict[str, Any]) -> str:
    left_out = ("at", "kind", "call_id", "key", "seq", "recorded_at", "position")
    said = {k: v for k, v in event.items() if k not in left_out and v not in (None, "", [])}
    return "" if not said else show.text(said)


@app.command(epilog=frame.EVERYWHERE)
def respond(
    case: Case,
    name: Annotated[str | None, typer.Option(help="The caller's person or company name.")] = None,
    phone: Annotated[str | None, typer.Option(help="Number to call back.")] = None,
    callback: Annotated[str | None, typer.Option(metavar="yes|no", help="Is a call back wanted?")] = None,
    purpose: Annotated[str | None, typer.Option(help="What the call was about.")] = None,
    refused: Items = None,
    not_heard: Items = None,
    by: Annotated[str | None, typer.Option(help="Who took it; default: the agent of the case.")] = None,
) -> None:
    """Enter the primary response (R2.3). The case closes as soon as all four items are decided."""
    answer = ask_live(
        "case.respond",
        case=case,
        name=name,
        phone=phone,
        callback=callback,
        purpose=purpose,
        refused=_items(refused),
        not_heard=_items(not_heard),
        by=by,
    )
    undecided = answer.get("undecided") or []
    show.done(answer, f"still undecided: {', '.join(undecided)}" if undecided else "the primary response is complete")


def _items(text: str | None) -> list[str]:
    return [item.strip() for item in (text or "").split(",") if item.strip()]


@app.command(epilog=frame.EVERYWHERE)
def verify(
    chain: Annotated[str | None, typer.Option(help="Only the chain of this subscriber, or chain id.")] = None,
) -> None:
    """Recompute every hash of the chains of events and judgements. Status 1 when one does not hold."""
    answer = here("case.verify", chain=chain)
    if frame.frame().json:
        show.as_json(answer)
    else:
        for broken in answer["broken"]:
            print(f"chain {broken['chain']} at {broken['seq']}: {broken['wrong']}")
        chains = "1 chain" if answer["chains"] == 1 else f"{answer['chains']} chains"
        print(f"{chains}, {answer['entries']} entries: {'BROKEN' if answer['broken'] else 'whole'}")
    if answer["broken"]:
        raise typer.Exit(1)


for _command in (
    judgement.transfer, judgement.told, judgement.mark, judgement.reclassify, judgement.explain, judgement.evidence,
    judgement.log,
):  # fmt: skip
    app.command(epilog=frame.EVERYWHERE)(_command)
