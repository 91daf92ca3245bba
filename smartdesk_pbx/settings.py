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
    rtp_ports: int = Field(2000, ge=200, le=20_000, multiple_of=4)
    """UDP ports of a private Asterisk for sound: two a leg, and a quarter of them is the most calls at once."""
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
    sign_in_tries: int = Field(5, ge=1, le=100)
    """R5: after so many wrong passwords in a row an account is locked for `sign_in_lock_s`."""
    sign_in_lock_s: float = 900.0
    session_s: float = 43_200.0
    """A session that is not used for so long is over."""
    reset_s: float = 86_400.0
    """How long a token for a new password is good."""
    password_least: int = Field(12, ge=8, le=100)
    letters_kept_days: int = Field(400, ge=1)
    """R23: the text of a letter is erased so many days after it was sent."""
    refused_kept_days: int = Field(365, ge=1)
    """R23: an applicant's data is erased so many days after the refusal."""
    reconcile_s: float = Field(5.0, ge=0)
    """Times of Asterisk's call record and of our events may differ by so much."""
    breach_preliminary_days: int = Field(5, ge=3, le=5)
    breach_final_days: int = 30
    breach_final_malicious_days: int = 60
    """Days, the first being the one on which a breach became known, for the reports to the commission."""
    smtp: str | None = Field(None, pattern=r"^[^\s:]+:[0-9]{1,5}$")
    """HOST:PORT of the mail server; None: letters stay in the outbox. Its password, if any: secrets/smtp_password."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_timeout_s: float = Field(30.0, gt=0)
    mail_from: str | None = Field(None, pattern=r"^[^\s@]+@[^\s@]+$")
    """The address letters come from; needed with `smtp`."""
    mail_from_name: str = Field("", max_length=80, pattern=r"^[^\r\n]*$")
    mail_attempts: int = Field(12, ge=1, le=100)
    """After so many tries (the waits double from a minute to six hours) a letter counts as failed."""
    invoice_font: Path | None = None
    """A Japanese TrueType font that is embedded in PDFs; None: IPAexGothic as Debian installs it."""
    collection_code: str | None = Field(None, pattern=r"^[0-9]{1,10}$")
    """R16.4: the code that the collection company gave us (委託者コード)."""
    collection_name: str | None = Field(None, max_length=40)
    """Our name in its files, in katakana."""
    collection_account: str | None = Field(None, pattern=r"^[0-9]{4}-[0-9]{3}-[12]-[0-9]{7}$")
    """Where it pays what it collected: bank-branch-kind-account."""
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
