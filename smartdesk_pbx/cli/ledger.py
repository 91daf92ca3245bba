"""`smartdesk ledger`: do the chains hold, where do they end, which key signs their heads."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask
from smartdesk_pbx.cli.bar import bar

app = frame.noun("ledger", "The ledger: its chains of hashes, their heads, the key that signs them.")
key = frame.noun("key", "The key that signs chain heads (optional; without it a chain proves nothing to others).")
app.add_typer(key)


@app.command(epilog=frame.EVERYWHERE)
def verify(
    chain: Annotated[str | None, typer.Option(help='Only this subscriber\'s chain, "operator", or a chain id.')] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was recorded since this day in Tokyo.")
    ] = None,
    heads: Annotated[Path | None, typer.Option(help="Heads written down earlier: shows a cut tail.")] = None,
    public_key: Annotated[str | None, typer.Option(help="Hex; the key that must have signed them.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes; default: one for each core.")] = None,
) -> None:
    """Recompute every hash of the chains. Status 1 when one does not hold, with the places where."""
    import msgspec

    from smartdesk_pbx.office import ledger

    day: date | None = since.date() if since else None
    asked = ledger.Asked(chain, day, heads, public_key, workers)
    with bar("entries") as progress:
        answer = ledger.verify(frame.settings(), asked, progress)
    if frame.frame().json:
        show.as_json(msgspec.to_builtins(answer))
    else:
        for one in answer.broken:
            print(f"{one.subscriber or 'chain ' + one.chain} at {one.seq}: {one.wrong}")
        if answer.breaks > len(answer.broken):
            print(f"and {answer.breaks - len(answer.broken):,} more")
        chains = "1 chain" if answer.chains == 1 else f"{answer.chains:,} chains"
        known = f", {answer.heads:,} heads compared" if heads else ""
        print(f"{chains}, {answer.entries:,} entries{known}: {'BROKEN' if answer.breaks else 'whole'}")
    if answer.breaks:
        raise typer.Exit(1)


@app.command(epilog=frame.EVERYWHERE)
def heads(
    out: Annotated[Path | None, typer.Option(help="File to write; default: stdout.")] = None,
) -> None:
    """Write down where all chains end, signed when there is a key. Keep it where this machine's owner cannot reach."""
    from smartdesk_pbx.office import ledger
    from smartdesk_pbx.store.heads_file import write

    taken = ledger.heads(frame.settings())
    if out is None:
        print(write(taken), end="")
        return
    out.write_text(write(taken), "utf-8")
    by = f"signed with the key {taken.heads[0].key_id}" if taken.public_key and taken.heads else "not signed: no key"
    show.done({"file": str(out), "heads": len(taken.heads)}, f"{len(taken.heads):,} heads in {out}, {by}")


@key.command("new", epilog=frame.EVERYWHERE)
def key_new(
    replace: Annotated[bool, typer.Option("--replace", help="Put the key that is there aside.")] = False,
) -> None:
    """Make the key that signs chain heads, in the home's secrets."""
    answer = ask("ledger.new-key", replace=replace)
    show.done(answer, f"key {answer['key_id']}; its public half, to be handed to auditors: {answer['public_key']}")


@key.command("show", epilog=frame.EVERYWHERE)
def key_show() -> None:
    """The public half of the key that signs chain heads."""
    answer = ask("ledger.key")
    if answer["key_id"] is None and not frame.frame().json:
        print("no key: heads are not signed (smartdesk ledger key new)")
        return
    show.one(answer)
