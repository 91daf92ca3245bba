"""`smartdesk agent`: who answers."""

from typing import Annotated

import typer

from smartdesk_pbx.cli import frame, show
from smartdesk_pbx.cli.ask import ask, ask_live

app = frame.noun("agent", "Agents: who answers, with which phone, and whether they are ready.")

Agent = Annotated[str, typer.Argument(metavar="AGENT", help="Short name; also the phone's SIP user.")]


@app.command(epilog=frame.EVERYWHERE)
def add(
    agent: Agent,
    name: Annotated[str, typer.Option(help="The agent's name.")],
    team: Annotated[str, typer.Option(help="Team that contracts name.")] = "front",
) -> None:
    """Add an agent. The phone's password is shown once and not kept."""
    answer = ask("agent.add", agent=agent, name=name, team=team)
    show.done(answer, f"added agent {agent}; SIP user {agent}, password {answer['password']} (not shown again)")


@app.command("list", epilog=frame.EVERYWHERE)
def listing() -> None:
    """All agents and their states; with a daemon also whose phone can be reached."""
    agents = ask("agent.list")
    told = ("reachable",) if any("reachable" in agent for agent in agents) else ()
    show.rows(agents, "agent", "name", "team", "state", *told, "reason", "since")


@app.command("show", epilog=frame.EVERYWHERE)
def show_one(agent: Agent) -> None:
    """One agent."""
    show.one(ask("agent.show", agent=agent))


@app.command(epilog=frame.EVERYWHERE)
def password(agent: Agent) -> None:
    """Give an agent's phone a new password; the old one ends at once."""
    answer = ask("agent.password", agent=agent)
    show.done(answer, f"agent {agent}: SIP password {answer['password']} (not shown again)")


@app.command(epilog=frame.EVERYWHERE)
def ready(agent: Agent) -> None:
    """Offer calls to this agent."""
    show.done(ask_live("agent.ready", agent=agent), f"{agent} is ready")


@app.command(epilog=frame.EVERYWHERE)
def pause(agent: Agent, reason: Annotated[str, typer.Option(help="Why, for the others.")] = "") -> None:
    """Offer no calls to this agent for now."""
    show.done(ask_live("agent.pause", agent=agent, reason=reason), f"{agent} is paused")


@app.command(epilog=frame.EVERYWHERE)
def offline(agent: Agent) -> None:
    """Sign an agent off."""
    show.done(ask_live("agent.offline", agent=agent), f"{agent} is offline")
