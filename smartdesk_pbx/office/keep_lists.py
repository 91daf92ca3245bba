"""R23: callers on lists are personal data: they go when a person asks, and some time after their contract has ended."""

from datetime import timedelta

from sqlalchemy import Connection

from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.contract.retention import Holds
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.store import caller_list, contract, hold
from smartdesk_pbx.store.forgotten import listed_callers, remember_callers


def erase_caller(office: Office, connection: Connection, number: str, reason: str) -> tuple[int, int]:
    """Take a caller, E.164, off every list: off how many, and on how many a hold keeps them."""
    order = _order(office, connection, reason)
    gone, kept = caller_list.erase_caller(connection, office.sealer.caller_key(number), order)
    remember_callers(office.settings.home, gone)
    return len(gone), kept


def erase_ended(office: Office, connection: Connection) -> int:
    """Erase the lists of contracts that ended longer ago than their callers' data is kept; how many callers."""
    today, order = tokyo_date(office.store.now(connection)), _order(office, connection, "its time is over")
    gone = []
    for one in contract.listing(connection):
        days = timedelta(days=contract.settings_of(connection, one.id).personal_kept_days)
        if one.state == "ended" and one.ended_on and today > one.ended_on + days:
            gone += caller_list.erase_lists(connection, one.id, order)
    remember_callers(office.settings.home, gone)
    return len(gone)


def erase_again(office: Office, connection: Connection) -> int:
    """After a restore: erase the callers that the home's list names and the older database still has; how many."""
    again = [*dict.fromkeys(listed_callers(office.settings.home))]
    order = _order(office, connection, "erased before the restore", Holds(()))
    return len(caller_list.erase_again(connection, again, order))


def _order(office: Office, connection: Connection, reason: str, holds: Holds | None = None) -> caller_list.Order:
    now = office.store.now(connection)
    return caller_list.Order(reason, now, holds or hold.in_force(connection), office.ids.new)
