"""`smartdesk demo --month`: a month of the whole business in skipped time, told, checked and drawn."""

import os
import time
from datetime import date
from typing import TYPE_CHECKING

from smartdesk_pbx.cli import frame
from smartdesk_pbx.cli.bar import bar

if TYPE_CHECKING:
    from rich.console import Console

    from smartdesk_pbx.settings import Settings
    from smartdesk_pbx.trial.month.play import Played

HOME = "month"
"""The month is a home of its own, inside of HOME."""
PICTURE = "month.png"


def show_month(console: "Console", began_s: float, seed: int | None, typed: str) -> int:
    """Play, tell and draw the month; 1 when a sum does not agree. `typed`: how one types the CLI from here."""
    from smartdesk_pbx.settings import Settings
    from smartdesk_pbx.trial.month.picture import draw
    from smartdesk_pbx.trial.month.play import SEED
    from smartdesk_pbx.trial.month.tell import tell
    from smartdesk_pbx.trial.teller import Teller

    own = frame.settings()
    settings = Settings(home=own.home / HOME, database_url=None, smtp=None, invoice_font=own.invoice_font)
    seed = SEED if seed is None else seed
    teller = Teller(console, began_s)
    teller.scene("A month of the bureau")
    teller.note(
        "Invented subscribers and callers meet the real reception, desk, store and office; only the telephone is "
        f"silent, and time is skipped. October 2026, seed {seed}; it takes about a minute."
    )
    played = _play(settings, seed)
    picture = settings.home / PICTURE
    draw(played.month, picture, own.invoice_font)
    near = min(os.path.relpath(settings.home), str(settings.home), key=len)
    good = tell(teller, played, picture, f"{typed.partition(' --home')[0]} --home {near}")
    teller.gap()
    teller.note(f"{time.monotonic() - began_s:.0f} s in all.")
    return 0 if good else 1


def _play(settings: "Settings", seed: int) -> "Played":
    from smartdesk_pbx.logs import set_up_logs
    from smartdesk_pbx.trial.month.play import DAYS, play

    set_up_logs()
    with bar("October") as progress:

        def told(day: date, _: int) -> None:
            progress(day.day - 1, len(DAYS))

        return play(settings, seed=seed, progress=told)
