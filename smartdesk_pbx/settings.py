"""What an installation sets, from `HOME/smartdesk.toml` and `SMARTDESK_*` variables. Where its files lie.

Settings of the service itself (hours, thresholds, team) belong to a plan and its contracts, never here.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

PACKAGE = Path(__file__).resolve().parent


def share(name: str) -> Path:
    """The folder `dialplans`, `prompts`, `migrations` or `asterisk-conf`, in a checkout or an installed wheel."""
    for root in (PACKAGE.parent, PACKAGE / "share"):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"{name}: not beside the package; the installation is incomplete")


class Settings(BaseSettings):
    """One installation. Times end in `_s` and are seconds."""

    model_config = SettingsConfigDict(env_prefix="SMARTDESK_", extra="forbid")

    home: Path = Path("var")
    node: str = Field("n1", pattern=r"^[a-z0-9]{1,8}$")
    database_url: str | None = None
    """None: SQLite at HOME/smartdesk.db. Else postgresql+asyncpg://user@host/name."""
    app: str = "smartdesk"
    """Prefix of the ARI application's name; the node is appended."""
    sip: str = "127.0.0.1:5060"
    http: str = "127.0.0.1:8080"
    """Where the daemon's own HTTP API listens: loopback only."""
    asterisk_root: Path | None = None
    """An unpacked Debian with Asterisk; None: the host's own if it is 22.4 or newer, else var/asterisk/root."""
    without_daemon: Literal["single", "cluster"] = "single"
    """First entry with no daemon: `single` answers and takes a message, `cluster` lets the network try elsewhere."""
    country: str = "JP"
    """The number plan in which national numbers from the trunk are read."""
    number_patterns: tuple[str, ...] = ("_0XXXXXXXXX", "_0XXXXXXXXXX", "_+81XXXXXXXXX", "_+81XXXXXXXXXX")
    """What may be dialled from a trunk, by length and prefix, in Asterisk's notation; anything else is 404."""
    language: str = Field("ja", pattern=r"^[a-z]{2}$")
    """Of prompts that are played before the contract's languages are known, or with no daemon."""
    agent_dial: str = "PJSIP/{agent}"
    ring_s: float = 20.0
    """How long one agent's phone rings before the next one is tried."""
    queue_s: float = 20.0
    """How long a caller waits for an agent to become free before a message is taken."""
    wrap_up_s: float = 600.0
    """R2.3: after this the primary response is closed as partial."""
    talk_limit_s: int = 7200
    wait_limit_s: int = 900
    message_max_s: int = 120
    lead_s: float = 120.0
    """What a verb's absolute limit adds to its own length."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(init_settings().get("home") or os.environ.get("SMARTDESK_HOME") or "var")
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home / "smartdesk.toml"))

    @cached_property
    def app_name(self) -> str:
        return f"{self.app}-{self.node}"

    @property
    def database_file(self) -> Path:
        return self.home / "smartdesk.db"

    @property
    def journal_file(self) -> Path:
        """PostgreSQL only: the local journal that is shipped to the ledger."""
        return self.home / "journal.db"

    @property
    def snapshot_file(self) -> Path:
        return self.home / "routing.json"

    @property
    def secrets_dir(self) -> Path:
        return self.home / "secrets"

    @property
    def sounds_dir(self) -> Path:
        """Built prompts: `sounds/LANGUAGE/FILE.ulaw` and `.sln16`; Asterisk's sounds folder of this node."""
        return self.home / "sounds"

    @property
    def recordings_dir(self) -> Path:
        """Finished recordings and messages: `recordings/YYYY/MM/DD/CALL-ID.wav`; object keys are relative to it."""
        return self.home / "recordings"

    @property
    def asterisk_dir(self) -> Path:
        """The private Asterisk of this home: etc, run, log, spool, db, data."""
        return self.home / "asterisk"

    @property
    def spool_dir(self) -> Path:
        """Where Asterisk writes recordings (`CALL-ID.raw`) and messages (`CALL-ID-N.wav`) during a call."""
        return self.asterisk_dir / "spool" / "monitor"

    @property
    def cdr_file(self) -> Path:
        return self.asterisk_dir / "log" / "cdr-custom" / "smartdesk.csv"
