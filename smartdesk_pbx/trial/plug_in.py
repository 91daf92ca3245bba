"""What a person can do with the switchboard of the demo: commands, and real softphones."""

from smartdesk_pbx.contract.numbers import national
from smartdesk_pbx.office.seed import AGENTS, SLUG
from smartdesk_pbx.trial.at_work import password
from smartdesk_pbx.trial.stage import Stage


def tell_commands(stage: Stage) -> None:
    """Commands to try, each with what it shows."""
    stage.teller.scene("Commands to try")
    stage.teller.note(f"each after  {stage.program}", "\n")
    stage.teller.table(
        [
            (words, (what, "dim"))
            for words, what in (
                ("case list", "every call, newest first"),
                ("case show CASE", "its events, its judgement, where its recording lies"),
                ("call list", "calls under way now"),
                ("agent list", "who is ready"),
                ("number list", "the numbers and their flows"),
                (f"contract show {SLUG}", "each setting in force, and where it comes from"),
                ("doctor", "is everything well, and what to do if not"),
            )
        ]
    )


def tell_phones(stage: Stage) -> None:
    """How to plug in a real softphone as an agent, and how to call as a caller."""
    agent = next(iter(AGENTS))
    stage.teller.scene("Plug in a real softphone (on this machine; UDP, codec PCMU)")
    stage.teller.table(
        [
            ("SIP URI", f"sip:{agent}@{stage.sip}"),
            ("user", agent),
            ("password", password(stage.settings, agent)),
            ("server", f"{stage.sip} (domain, registrar and proxy alike)"),
            ("then", f"{stage.program} agent ready {agent}"),
        ],
        bold_first=True,
    )
    numbers = [n for n, r in stage.routes.items() if r.subscriber == SLUG]
    dial = ", ".join(f"sip:{national(n, stage.settings.country)}@{stage.sip}" for n in numbers)
    stage.teller.gap()
    stage.teller.note(("To call as a caller", "bold"), f", dial {dial} from a second softphone that has no agent's "
                      "account: SIP from this machine counts as the demo's trunk.")  # fmt: skip
    stage.teller.note(f"Other agents' passwords: {stage.settings.secrets_dir / 'agents.json'}")
