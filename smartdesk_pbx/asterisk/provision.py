"""Agents' phones on Asterisk: pushed through ARI's dynamic configuration, with digests, never clear-text passwords."""

from collections.abc import Iterable
from dataclasses import dataclass

from smartdesk_pbx.asterisk.ari import Ari

QUALIFY_S = 5
"""How often a registered phone is asked whether it is there."""


@dataclass(frozen=True)
class Phone:
    """One agent's account: `digest_md5` is MD5 of user:realm:password in hex."""

    name: str
    digest_md5: str
    digest_sha256: str


def objects(phone: Phone, realm: str) -> list[tuple[str, dict[str, str]]]:
    """The three objects of a phone, in the order in which Asterisk needs them. All values are text of our own."""
    auth = {
        "auth_type": "digest",
        "username": phone.name,
        "realm": realm,
        "password_digest": f"MD5:{phone.digest_md5}",
        "supported_algorithms_uas": "MD5",
    }
    aor = {
        "max_contacts": "1",
        "remove_existing": "yes",
        "qualify_frequency": str(QUALIFY_S),
        "qualify_timeout": "2",
        "minimum_expiration": "10",
    }
    endpoint = {
        "auth": phone.name,
        "aors": phone.name,
        # An agent's phone may call nobody: there is not one extension in this context.
        "context": "agents",
        "disallow": "all",
        "allow": "ulaw",
        "direct_media": "no",
        # A REFER from a phone may not move a call under us.
        "allow_transfer": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        "dtmf_mode": "rfc4733",
        "rtp_timeout": "60",
        "from_domain": "smartdesk",
    }
    return [("auth", auth), ("aor", aor), ("endpoint", endpoint)]


async def push(ari: Ari, phones: Iterable[Phone], realm: str) -> None:
    """Make every phone known, and hear of its registration. Before anything else after a connect: a phone that
    registers earlier is refused and may stay away for minutes."""
    for phone in phones:
        for kind, fields in objects(phone, realm):
            await ari.asterisk.updateObject(configClass="res_pjsip", objectType=kind, id=phone.name, fields=fields)
        await ari.applications.subscribe(applicationName=ari.app, eventSource=f"endpoint:PJSIP/{phone.name}")
