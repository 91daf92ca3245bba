"""`smartdesk flow nodes`: the kinds of nodes and their fields, at the terminal."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.errors import RuleBroken

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog=frame.EVERYWHERE)
def nodes(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="Its fields; default: all kinds.")] = None,
) -> None:
    """What a node of a flow can be, and what each kind may carry (more of it, with examples: docs/flows.md)."""
    from smartdesk_pbx.contract.document import nearest
    from smartdesk_pbx.flow import reference
    from smartdesk_pbx.flow.load import KINDS

    if kind is None:
        return show.rows([{"kind": one, "what": reference.about(one)} for one in KINDS], "kind", "what")
    if kind not in KINDS:
        raise RuleBroken(f"there is no kind of node {kind!r}; {nearest(kind, KINDS)}")
    rows = [{"field": one.name, "what stands there": one.right, "usual": one.usual} for one in reference.fields(kind)]
    if not show.for_programs():
        print(f"kind: {kind}\n{reference.about(kind)}\n")
    show.rows(rows, "field", "what stands there", "usual")
