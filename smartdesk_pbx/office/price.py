"""Price tables of plans (R15)."""

from dataclasses import dataclass
from datetime import datetime

from smartdesk_pbx.billing.price_file import prices_from_yaml
from smartdesk_pbx.billing.prices import Prices
from smartdesk_pbx.contract.month import Month, tokyo_date
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.office.registry import Params
from smartdesk_pbx.store import prices as table
from smartdesk_pbx.store.prices import PriceTable


class Add(Params):
    """`text` is the YAML of a price table, `file` what its mistakes are named after."""

    text: str
    file: str = "prices.yaml"


class Listing(Params):
    plan: str | None = None


class Which(Params):
    """`month`: the prices in force in it, default this month."""

    plan: str
    month: str | None = None


@dataclass(frozen=True)
class Shown:
    """One table; several with the same month: the last version counts."""

    plan: str
    from_month: str
    version: int
    sha256: str
    added_at: datetime


@dataclass(frozen=True)
class ShownWhole:
    """The prices in force in a month, and the file that says so."""

    month: str
    prices: Prices
    text: str


async def add(office: Office, params: Add) -> Shown:
    """The table, in force from its month on. Raises `Mistakes`, all of them with their lines."""
    prices = prices_from_yaml(params.text, params.file)
    found = await office.store.run(
        lambda c: table.add(c, prices, params.text, id=office.ids.new(), at=office.store.now(c))
    )
    return _shown(found)


async def listing(office: Office, params: Listing) -> list[Shown]:
    """All tables, or those of a plan, oldest first."""
    return [_shown(one) for one in await office.store.read(lambda c: table.listing(c, params.plan))]


async def show(office: Office, params: Which) -> ShownWhole:
    """What a plan costs in a month. Raises `RuleBroken` when it has no prices then."""

    def this_month() -> str:
        return str(Month.of(tokyo_date(office.clock.now())))

    month = str(Month.parse(params.month)) if params.month else this_month()
    tables = await office.store.read(lambda c: table.listing(c, params.plan))
    in_force = [one for one in tables if one.from_month <= month]
    if not in_force:
        raise RuleBroken(f"plan {params.plan} has no prices in {month} (smartdesk plan price FILE)")
    return ShownWhole(month, in_force[-1].prices, in_force[-1].text)


def _shown(one: PriceTable) -> Shown:
    return Shown(one.plan, one.from_month, one.version, one.sha256, one.added_at)
