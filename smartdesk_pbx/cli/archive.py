"""`smartdesk archive`: taking a contract's data, or the whole business, to another installation (R26)."""

from pathlib import Path
from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.bar import bar
from smartdesk_pbx.errors import RuleBroken

app = frame.noun("archive", "Archives: all data of a contract, or of the business, signed and documented (R26).")

File = Annotated[Path, typer.Argument(metavar="FILE", help="The archive: a tar; with the suffix .gz compressed.")]
Public = Annotated[str | None, typer.Option(help="Hex; the public key that must have signed it.")]


@app.command(epilog=frame.EVERYWHERE)
def export(
    file: File,
    key: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the transfer key; hand it over apart.")],
    contract: Annotated[str | None, typer.Option(help="The contract (or subscriber) whose data it is.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="The whole business.")] = False,
    readable: Annotated[bool, typer.Option("--readable", help="Add the cases in clear, for people.")] = False,
) -> None:
    """Write an archive, also while calls are under way. Keep its key apart: who has both can read everything."""
    from smartdesk_pbx.office import archive

    if (contract is None) != everything:
        raise RuleBroken("name either --contract CONTRACT or --all")
    with bar("export") as progress:
        told = archive.export(frame.settings(), contract, file, key, readable=readable, progress=progress)
    _say(told, f"in {file}; transfer key in {key}")


@app.command(epilog=frame.EVERYWHERE)
def verify(file: File, public_key: Public = None) -> None:
    """Check an archive on its own: signature, every file, every chain of hashes."""
    from smartdesk_pbx.office import archive

    _say(archive.verify(file, public_key), "hold")


@app.command("import", epilog=frame.EVERYWHERE)
def bring_in(
    file: File,
    key: Annotated[Path, typer.Option(metavar="FILE", help="The transfer key that was written with it.")],
    public_key: Public = None,
) -> None:
    """Bring an archive into this installation: all of it, or nothing."""
    from smartdesk_pbx.office import archive

    with bar("import") as progress:
        told = archive.bring_in(frame.settings(), file, key, public_key, progress)
    _say(told, "are here; next: smartdesk prompt build")


def _say(told: object, then: str) -> None:
    import msgspec

    answer = msgspec.to_builtins(told)
    for name in answer["missing"] if not frame.frame().json else ():
        frame.say(f"recording {name} was not on the disk")
    whose = f"of {answer['subscriber']}" if answer["subscriber"] else "of the whole business"
    line = (
        f"{answer['rows']:,} rows {whose}, {answer['chains']:,} chains, {answer['recordings']:,} recordings {then} "
        f"(signed with {answer['signed_by'][:16]}…)"
    )
    show.done(answer, line)
