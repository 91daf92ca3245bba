"""Whom a contract's calls may reach outside of the switchboard: numbers that are rung, systems that are asked. Pure.

Every originate to the outside and every lookup passes here, when a flow is published and again at the moment itself.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.errors import RuleBroken

PORTS = {"https": 443, "http": 80}

_E164 = re.compile(r"\+[1-9][0-9]{5,14}", re.ASCII)


def allowed(number: str, prefixes: Iterable[str]) -> bool:
    """Does an E.164 number begin with one of the prefixes? Nothing is allowed where none is listed."""
    return bool(_E164.fullmatch(number)) and any(number.startswith(one) for one in prefixes if one)


def check_destination(number: str, settings: ServiceSettings) -> None:
    """Raises `RuleBroken`, without the number, when it may not be rung. THE one function for numbers outside."""
    if not allowed(number, settings.allowed_destinations):
        listed = ", ".join(settings.allowed_destinations) or "none"
        raise RuleBroken(
            f"that number may not be rung: allowed_destinations are {listed} "
            "(smartdesk contract set CONTRACT allowed_destinations=+8190,+8180)"
        )


def check_lookup(url: str, settings: ServiceSettings) -> str:
    """The host, with its port where it is not the usual one, that a lookup's address asks. Raises `RuleBroken` when
    the contract does not list it, and for http to any other host than this very one."""
    host = host_of(url)
    if urlsplit(url).scheme != "https" and not is_loopback(host):
        raise RuleBroken(f"{host} is asked over http: only https goes out of this host")
    if host not in {one.lower() for one in settings.lookup_hosts}:
        listed = ", ".join(settings.lookup_hosts) or "none"
        raise RuleBroken(
            f"{host} may not be asked: lookup_hosts are {listed} (smartdesk contract set CONTRACT lookup_hosts={host})"
        )
    return host


def host_of(url: str) -> str:
    """Its host in small letters, with the port where that is not the scheme's own. Raises `RuleBroken`."""
    try:
        parts = urlsplit(url)
        host, port, usual = (parts.hostname or "").lower(), parts.port, PORTS[parts.scheme]
    except (ValueError, KeyError):
        host, port, usual = "", None, 0
    if not host:
        raise RuleBroken(f"{url[:80]!r} is no address that can be asked (write https://system.example/lookup)")
    return host if port in (None, usual) else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Is it this very host, port or not?"""
    name = host.partition(":")[0]
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
