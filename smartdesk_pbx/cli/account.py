"""`smartdesk account`: who may sign in (R5)."""

from typing import Annotated, Any

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask

app = frame.noun("account", "Accounts that people sign in with (R5): resets, theft, sessions.")

Account = Annotated[str, typer.Argument(metavar="ACCOUNT")]


@app.command(epilog=frame.EVERYWHERE)
def add(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Short name or mail address.")],
    role: Annotated[str, typer.Option(help="subscriber, agent, supervisor, operations, accountant or auditor.")],
    subscriber: Annotated[str | None, typer.Option(help="Whose, for the role subscriber.")] = None,
    agent: Annotated[str | None, typer.Option(help="Which, for the role agent.")] = None,
) -> None:
    """Issue an account; shows the token with which its holder sets the password."""
    _token(ask("account.add", account=account, role=role, subscriber=subscriber, agent=agent))


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All accounts."""
    show.rows(ask("account.list"), "account", "role", "subscriber", "agent", "state", "sessions")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(account: Account) -> None:
    """One account."""
    show.one(ask("account.show", account=account))


@app.command(epilog=frame.EVERYWHERE)
def sessions(account: Account) -> None:
    """Where an account is signed in now."""
    _sessions(ask("account.sessions", account=account))


@app.command(epilog=frame.EVERYWHERE)
def reset(account: Account) -> None:
    """A token with which the holder sets a new password."""
    _token(ask("account.reset", account=account))


@app.command(epilog=frame.EVERYWHERE)
def stolen(account: Account) -> None:
    """Theft was reported: lock it and close its sessions at once."""
    _token(ask("account.stolen", account=account))


@app.command(epilog=frame.EVERYWHERE)
def unlock(account: Account) -> None:
    """End the lock that follows too many wrong passwords."""
    show.done(ask("account.unlock", account=account), f"account {account} may sign in again")


@app.command(epilog=frame.EVERYWHERE)
def close(account: Account, reason: Annotated[str, typer.Option(help="Why; kept with the account.")]) -> None:
    """Close an account for good."""
    show.done(ask("account.close", account=account, reason=reason), f"account {account} is closed")


@app.command(epilog=frame.EVERYWHERE)
def revoke(
    account: Account, session: Annotated[str | None, typer.Option(help="Only this one; default: all.")] = None
) -> None:
    """Close an account's sessions."""
    _sessions(ask("account.revoke", account=account, session=session))


def _sessions(answer: Any) -> None:
    show.rows(answer, "session", "opened_at", "seen_at", "address", "program", empty="no open session")


def _token(answer: Any) -> None:
    show.done(
        answer,
        f"account {answer['account']}: reset token {answer['reset']} (shown once, valid until "
        f"{answer['valid_until']}); its holder sets a password with it: POST /v1/new-password",
    )
