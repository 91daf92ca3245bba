"""R14: the details that a subscriber has registered, and when a change of one is in order. Pure."""

import re
from collections.abc import Callable, Sequence
from typing import get_args

from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.settings import ChangeField, ServiceSettings
from smartdesk_pbx.errors import RuleBroken

FIELDS: tuple[ChangeField, ...] = get_args(ChangeField)

NAMES: dict[ChangeField, str] = {
    "name": "契約者名",
    "address": "住所",
    "phone": "電話番号",
    "mail": "メールアドレス",
    "announced_name": "名乗り",
    "emergency_number": "緊急先電話番号",
    "forward_sources": "転送元番号",
    "notification_targets": "通知先",
}

HIDDEN: frozenset[ChangeField] = frozenset({"emergency_number"})
"""R8.2: shown to nobody before its release."""

LONGEST = 200
MOST_PARTS = 50

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII)
_WEB = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[\x21-\x7e]*)?", re.ASCII)


def field_of(name: str) -> ChangeField:
    """The detail of this name. Raises `RuleBroken` for any other."""
    for field in FIELDS:
        if field == name.replace("-", "_"):
            return field
    raise RuleBroken(f"{name!r} is no registered detail (one of {', '.join(FIELDS)})")


def validated(field: ChangeField, parts: Sequence[str], target: str = "", country: str = "JP") -> tuple[str, ...]:
    """The value as it is stored: one text, or several for lists; a name to be announced with how it is read.

    `target`: the assigned number whose forward sources these are. An empty emergency number takes it off file.
    Raises `RuleBroken` with what is wrong and what would be right."""
    given = [part.strip() for part in parts if part.strip()]
    if any(len(part) > LONGEST or not part.isprintable() for part in given):
        raise RuleBroken(f"{field}: one line of at most {LONGEST} characters each")
    if len(given) > MOST_PARTS:
        raise RuleBroken(f"{field}: at most {MOST_PARTS}")
    if bool(target) != (field == "forward_sources"):
        raise RuleBroken(f"{field}: " + ("name no number" if target else "of which assigned number? (--number)"))
    least, most = _HOW_MANY[field]
    if not least <= len(given) <= most:
        raise RuleBroken(f"{field}: " + ("say what it is to be" if len(given) < least else f"at most {most}"))
    return tuple(dict.fromkeys(_CHECKS[field](part, country) for part in given))


def at_once(field: ChangeField, settings: ServiceSettings) -> bool:
    """Does a change of this detail need nobody's approval? Article 8.2: that of the emergency number never does."""
    return field == "emergency_number" or field in settings.changes_at_once


def decision_letter(field: ChangeField, name: str, *, approved: bool, reason: str) -> tuple[str, str]:
    """Subject and text of the mail that tells what became of a request, in Japanese."""
    said = "承り、登録内容を変更いたしました" if approved else "承ることができませんでした"
    why = f"\n理由　{reason}\n" if reason and not approved else ""
    return (
        f"【登録内容の変更】{NAMES[field]}",
        f"{name} 様\n\n平素より格別のお引き立てを賜り、誠にありがとうございます。\n"
        f"お申し出のありました「{NAMES[field]}」の変更を、{said}。\n{why}\n"
        "お心当たりのない場合は、お手数ですが、すぐにご連絡くださいますよう、お願いいたします。\n",
    )


def _plain(text: str, _: str) -> str:
    return text


def _number(text: str, country: str) -> str:
    return checked(text, country)


def _mail(text: str, _: str) -> str:
    if not _MAIL.fullmatch(text):
        raise RuleBroken(f"{text!r} is no mail address (write it as name@example.jp)")
    return text


def _notified(text: str, country: str) -> str:
    if "://" in text and not _WEB.fullmatch(text):
        raise RuleBroken(f"{text!r}: a web address must begin with https:// and have no spaces")
    return text if "://" in text else _mail(text, country)


_CHECKS: dict[ChangeField, Callable[[str, str], str]] = {
    "name": _plain, "address": _plain, "phone": _number, "mail": _mail, "announced_name": _plain,
    "emergency_number": _number, "forward_sources": _number, "notification_targets": _notified,
}  # fmt: skip

_HOW_MANY: dict[ChangeField, tuple[int, int]] = {
    "name": (1, 1), "address": (1, 1), "phone": (1, 1), "mail": (1, 1), "announced_name": (1, 2),
    "emergency_number": (0, 1), "forward_sources": (0, MOST_PARTS), "notification_targets": (1, MOST_PARTS),
}  # fmt: skip
