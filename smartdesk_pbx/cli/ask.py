"""One operation of the office: by the daemon when one answers, else here on the store."""

from typing import Any

from smartdesk_pbx.cli import frame, link
from smartdesk_pbx.errors import EdgeDown

LONG_S = 3600.0


def ask(operation: str, /, **params: object) -> Any:
    """The answer of a read or write operation, as JSON values. Parameters that are None are left out."""
    daemon = link.find(frame.home())
    if daemon is None:
        return here(operation, **params)
    return daemon.perform(operation, said(params), frame.who(), frame.frame().why)


def ask_long(operation: str, /, **params: object) -> Any:
    """As `ask`, for what may take minutes: a proof of millions of states."""
    daemon = link.find(frame.home())
    if daemon is None:
        return here(operation, **params)
    return daemon.perform(operation, said(params), frame.who(), frame.frame().why, answer_s=LONG_S)


def ask_live(operation: str, /, **params: object) -> Any:
    """The answer of an operation that only a running daemon can do. Raises `RuleBroken` for a mistake in the
    parameters, with or without a daemon; `EdgeDown` without one."""
    daemon = link.find(frame.home())
    if daemon is None:
        from smartdesk_pbx.office import registry

        registry.read(registry.find(operation), said(params))
        raise EdgeDown(f"no daemon answers for {frame.home()}; start it: smartdesk dev (or smartdesk run)")
    return daemon.perform(operation, said(params), frame.who(), frame.frame().why)


def here(operation: str, /, **params: object) -> Any:
    """The answer of an operation done here, on the store, as JSON values (long jobs always are)."""
    import asyncio

    from smartdesk_pbx.office.actor import Actor
    from smartdesk_pbx.office.office import open_office
    from smartdesk_pbx.office.registry import as_json, perform

    settings = frame.settings()
    actor = Actor(frame.who(), why=frame.frame().why)

    async def once() -> Any:
        async with open_office(settings) as office:
            return as_json(await perform(office, operation, said(params), actor=actor))

    return asyncio.run(once())


def said(params: dict[str, object]) -> dict[str, object]:
    """The parameters that were given."""
    return {name: value for name, value in params.items() if value is not None}
