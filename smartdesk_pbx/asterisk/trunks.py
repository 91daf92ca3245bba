"""Trunks: where calls come from. Written in `HOME/trunks.toml`, rendered for Asterisk."""

import re
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from smartdesk_pbx.errors import Mistake, Mistakes, RuleBroken
from smartdesk_pbx.keys import load_secret

Plain = Annotated[str, Field(pattern=r"^[A-Za-z0-9._+@:-]{1,128}$")]
"""Text that means nothing to Asterisk's configuration reader."""

HEADERS = {"to": "To", "p-called-party-id": "P-Called-Party-ID"}

DEMO = """\
# Where calls come from; read at start. One [[trunk]] for each carrier.
# by = "address": calls are known by where they come from; by = "registration": we register with the carrier
# (server, username; the password, alone on one line, in secrets/trunk-NAME, mode 0600).
# outbound = true on one of them: calls to subscribers' own telephones go out there, to server ("HOST" or "HOST:PORT"),
# with numbers as +81312345678 or, with outbound_numbers = "national", as 0312345678.

[[trunk]]
name = "demo"
by = "address"
addresses = ["127.0.0.1"]
called_number = "request-uri" # or "to", "p-called-party-id": where the number that was dialled stands
trust_pai = true # P-Asserted-Identity counts: only for a carrier that checks it
"""


class Trunk(BaseModel):
    """One carrier's line, as a person wrote it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,19}$")
    by: Literal["address", "registration"]
    addresses: tuple[Plain | Annotated[str, Field(pattern=r"^[0-9a-fA-F.:]+/[0-9]{1,3}$")], ...] = ()
    """Where its calls come from: addresses, networks or host names."""
    server: Plain | None = None
    """HOST or HOST:PORT: where we register, and where calls out go."""
    username: Plain | None = None
    contact_user: Plain = "smartdesk"
    """Registration only: what the carrier puts into the request URI of its calls."""
    expiration_s: int = Field(600, ge=60, le=7200)
    called_number: Literal["request-uri", "to", "p-called-party-id"] = "request-uri"
    trust_pai: bool = False
    codecs: tuple[Literal["ulaw", "alaw"], ...] = Field(("ulaw",), min_length=1)
    nat: bool = False
    """True: answer to where its packets come from, whatever they say."""
    language: str = Field("ja", pattern=r"^[a-z]{2}$")
    """Of prompts while no daemon says otherwise."""
    outbound: bool = False
    """Calls to the subscribers' own telephones go out here; at most one trunk does."""
    outbound_numbers: Literal["e164", "national"] = "e164"
    """How numbers are written there: +81312345678 or 0312345678."""

    @field_validator("addresses")
    @classmethod
    def _real_networks(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            if "/" in address or re.fullmatch(r"[0-9.]+", address):
                ip_network(address)
        return addresses

    @model_validator(mode="after")
    def _whole(self) -> "Trunk":
        if self.by == "address" and not self.addresses:
            raise ValueError('a trunk by address needs addresses, for example ["192.0.2.10"]')
        if self.by == "registration" and not (self.server and self.username):
            raise ValueError("a trunk by registration needs server and username")
        if self.outbound and not self.server:
            raise ValueError('a trunk for calls out needs server, for example "sip.carrier.example"')
        return self


def load_trunks(home: Path) -> tuple[Trunk, ...]:
    """The trunks of this home, none when there is no file. Raises `Mistakes`, all of them at once."""
    file = home / "trunks.toml"
    if not file.exists():
        return ()
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RuleBroken(f"{file}: {error}") from None
    if set(written) - {"trunk"} or not isinstance(written.get("trunk", []), list):
        raise RuleBroken(f"{file}: holds nothing but [[trunk]] tables")
    return _checked(file, written.get("trunk", []))


def _checked(file: Path, tables: list[object]) -> tuple[Trunk, ...]:
    trunks: list[Trunk] = []
    mistakes: list[Mistake] = []
    for position, table in enumerate(tables, start=1):
        where = f"{file}: trunk {position}"
        try:
            trunk = Trunk.model_validate(table)
        except ValidationError as error:
            mistakes += [Mistake(".".join((where, *map(str, e["loc"]))), e["msg"]) for e in error.errors()]
            continue
        if any(trunk.name == other.name for other in trunks):
            mistakes.append(Mistake(where, f"a second trunk named {trunk.name!r}"))
        if trunk.outbound and any(other.outbound for other in trunks):
            mistakes.append(Mistake(f"{where}.outbound", "calls go out over one trunk only"))
        trunks.append(trunk)
    if mistakes:
        raise Mistakes(mistakes)
    return tuple(trunks)


def outbound(home: Path) -> Trunk | None:
    """The trunk of this home over which calls go out. Raises `Mistakes`."""
    return next((trunk for trunk in load_trunks(home) if trunk.outbound), None)


def seed_demo_trunk(home: Path) -> bool:
    """Make SIP from the loopback address the trunk `demo`; False when this home has its trunks already."""
    file = home / "trunks.toml"
    if file.exists():
        return False
    home.mkdir(parents=True, exist_ok=True)
    file.write_text(DEMO, "utf-8")
    return True


def trunk_values(trunk: Trunk, home: Path) -> dict[str, str]:
    """What the templates of this trunk are filled with; raises `RuleBroken` when its password is missing."""
    values = {
        "NAME": trunk.name,
        "LANGUAGE": trunk.language,
        "CODECS": ",".join(trunk.codecs),
        "NAT": _yes(trunk.nat),
        "TRUST_PAI": _yes(trunk.trust_pai),
        "TRUST": "1" if trunk.trust_pai else "0",
        "HEADER": HEADERS.get(trunk.called_number, ""),
        "ADDRESSES": ",".join(trunk.addresses or (str(trunk.server).partition(":")[0],)),
    }
    if trunk.outbound:
        values["OUT"] = f"sip:{trunk.server}"
    if trunk.by == "registration":
        values |= {
            "SERVER": f"sip:{trunk.server}",
            "CLIENT": f"sip:{trunk.username}@{trunk.server}",
            "CONTACT_USER": trunk.contact_user,
            "EXPIRATION_S": str(trunk.expiration_s),
            "USERNAME": str(trunk.username),
            "PASSWORD": _password(home, trunk.name),
        }
    return values


def trunk_templates(trunk: Trunk) -> tuple[tuple[str, ...], str]:
    """Names of the templates, in `asterisk-conf/trunk`: those of its SIP objects, and that of its context."""
    registers = trunk.by == "registration"
    out = ("endpoint-auth.conf",) * registers + ("endpoint-out.conf",) if trunk.outbound else ()
    objects = ("endpoint.conf", *out, "identify.conf") + ("registration.conf",) * registers
    return objects, "context-header.conf" if trunk.called_number in HEADERS else "context-request-uri.conf"


def _password(home: Path, name: str) -> str:
    file = home / "secrets" / f"trunk-{name}"
    if not file.exists():
        raise RuleBroken(f"trunk {name}: put its password, alone on one line, into {file} (mode 0600)")
    password = load_secret(file, str)
    if re.search(r"[;\\\n\r]|^\s", password):
        raise RuleBroken(f"trunk {name}: its password holds ; or \\ or a line break, which Asterisk cannot read")
    return password


def _yes(value: bool) -> str:
    return "yes" if value else "no"
