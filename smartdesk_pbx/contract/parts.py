"""R2.1: the parts of the service, each agreed, suspended and billed by itself. Pure."""

from typing import get_args

from smartdesk_pbx.contract.settings import Part, ServiceSettings

PARTS: tuple[Part, ...] = get_args(Part)


def agreed(settings: ServiceSettings) -> frozenset[Part]:
    """The parts that the contract is about: they are billed, also while they are suspended (R8.5)."""
    return frozenset(part for part in PARTS if getattr(settings, part))


def working(settings: ServiceSettings) -> frozenset[Part]:
    """The parts that callers meet just now: agreed, and not suspended."""
    return agreed(settings) - frozenset(settings.suspended_parts)
