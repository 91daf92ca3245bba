"""A contract in the close of a month, as a value: what it has agreed, and what stands in its way."""

from dataclasses import dataclass
from uuid import UUID

from smartdesk_pbx.billing.prices import Basis, Chosen, OneOff, Prices, check_options, with_overrides
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.settings import ServiceSettings
from smartdesk_pbx.store.agreement import Agreed
from smartdesk_pbx.store.closed import Closed

_PARTS = ("voice_guidance", "answering", "ip_pbx")

FEE_TEXTS = {"early-termination": "解約金（契約期間満了月以外の解約）"}
"""What stands on the line of a fee that is in no price table (R18.3)."""


@dataclass(frozen=True)
class Problem:
    """Why a month cannot be closed: for one contract, or (None) for all. `may_override`: operations may go ahead."""

    contract_id: UUID | None
    wrong: str
    right: str
    may_override: bool = False


@dataclass(frozen=True)
class Due:
    """A contract in the close of a month. `settings`: as they were at its end; `starts`: the contract did, in it;
    `last`: its last closed month before. `basis` None: `problems` say why. `one_offs_changed`: earlier closed months
    whose charges outside of the price table are not what was charged."""

    agreed: Agreed
    month: Month
    plan: str
    settings: ServiceSettings
    runs: bool
    starts: bool
    last: Closed | None
    basis: Basis | None = None
    one_offs_changed: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()

    @property
    def id(self) -> UUID:
        """The contract's."""
        return self.agreed.contract.id

    @property
    def chain(self) -> UUID:
        """The chain of its cases: the subscriber's."""
        return self.agreed.contract.subscriber_id

    def one_offs_in(self, month: str) -> tuple[OneOff, ...]:
        """What is charged outside of the price table in a month, as things are now: a waived fee is not."""
        fee = self.agreed.life.fee()
        if fee is None or fee.waived is not None or str(fee.month) != month or not fee.yen:
            return ()
        return (OneOff(fee.code, FEE_TEXTS.get(fee.code, fee.code), fee.yen),)

    def basis_with(self, prices: Prices) -> Basis:
        """What the month's charge rests on under a price table. Raises RuleBroken where the contract's own prices or
        options do not fit it (R3)."""
        chosen = tuple(_chosen(option) for option in self.settings.options)
        check_options(prices, chosen)
        own = with_overrides(prices, self.settings.price_overrides)
        parts = tuple(part for part in _PARTS if getattr(self.settings, part))
        return Basis(own, parts, chosen, self.one_offs_in(str(self.month)), self.runs, self.starts)


def _chosen(option: str) -> Chosen:
    code, _, count = option.partition(":")
    return Chosen(code, int(count or 1))
