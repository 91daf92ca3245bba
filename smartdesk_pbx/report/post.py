"""The mail server that letters are handed to, as an installation sets it up."""

from dataclasses import dataclass, field
from email.headerregistry import Address

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.keys import load_secret
from smartdesk_pbx.settings import Settings


@dataclass(frozen=True)
class Post:
    """Where letters are handed over, and whom they come from."""

    host: str
    port: int
    security: str
    user: str | None
    password: str | None = field(repr=False)
    sender: Address
    timeout_s: float


def post_of(settings: Settings) -> Post | None:
    """The mail server of an installation; None when none is set up. Raises `RuleBroken` when half of it is."""
    if settings.smtp is None:
        return None
    if settings.mail_from is None:
        raise RuleBroken("settings: smtp is set but mail_from is not: whom do letters come from?")
    host, _, port = settings.smtp.rpartition(":")
    password = None
    if settings.smtp_user is not None:
        password = load_secret(settings.secrets_dir / "smtp_password", _no_password)
    return Post(
        host, int(port), settings.smtp_security, settings.smtp_user, password,
        Address(settings.mail_from_name, addr_spec=settings.mail_from), settings.smtp_timeout_s,
    )  # fmt: skip


def _no_password() -> str:
    raise RuleBroken("smtp_user is set: write the mail server's password into secrets/smtp_password (chmod 600)")
