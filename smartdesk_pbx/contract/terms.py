"""R31: versions of the terms, the notice a month ahead, and use that counts as consent. Pure."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Literal

from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.errors import RuleBroken

Consent = Literal["application", "sign_in", "call", "writing"]
"""How a subscriber consented: with the application (R4.1), by use after the effective date (R31.4), in writing."""


@dataclass(frozen=True)
class Version:
    """One version of the terms. `effective_on`: Tokyo's civil date; `sha256` in hex, of the UTF-8 text."""

    version: str
    title: str
    text: str
    sha256: str
    effective_on: date
    added_at: datetime


def digest(text: str) -> str:
    """The SHA-256 of a text, in hex."""
    return sha256(text.encode()).hexdigest()


def notice_deadline(effective_on: date) -> date:
    """Article 31.3: the last day on which the notice is one month ahead: the same day of the previous month, or that
    month's last day."""
    before = Month.of(effective_on).plus(-1)
    return date(before.year, before.number, min(effective_on.day, calendar.monthrange(*before)[1]))


def earliest_effective(told_on: date) -> date:
    """Article 31.3: the first day on which a version told of that day may come into force."""
    day = told_on
    while notice_deadline(day) < told_on:
        day += timedelta(days=1)
    return day


def check_effective(effective_on: date, told_on: date, versions: Iterable[Version]) -> None:
    """Article 31.3. Raises `RuleBroken` when the notice would come too late. The first version changes nothing, so
    that it needs no notice."""
    if any(versions) and told_on > notice_deadline(effective_on):
        raise RuleBroken(
            f"effective on {effective_on}: subscribers must hear of it by {notice_deadline(effective_on)}, one month "
            f"ahead (Article 31.3); told today it may come into force on {earliest_effective(told_on)}"
        )


def in_force(versions: Iterable[Version], on: date) -> Version | None:
    """The version in force on that day (Tokyo); None before the first."""
    begun = [one for one in versions if one.effective_on <= on]
    return max(begun, key=lambda one: (one.effective_on, one.added_at), default=None)


def letter_text(version: Version) -> str:
    """The text of the notice: that the terms change, the day on which they do (Article 31.3), and what use after it
    means (Article 31.4); in Japanese. The new terms go with it as a file."""
    on = version.effective_on
    return (
        f"「{version.title}」を変更いたします。\n\n"
        f"効力発生日　{on.year}年{on.month}月{on.day}日\n"
        f"版　　　　　{version.version}\n\n"
        "変更後の内容は、添付のファイルおよびWEBサイトの「お知らせ」をご覧ください。\n"
        "効力発生日以降に本サービスをご利用いただいた場合、変更に同意いただいたものとみなします（第31条第4項）。"
    )
