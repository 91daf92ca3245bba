"""R13, R21, R30: maintenance, interruption and end of service: whose calls meet them, what is said. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.errors import RuleBroken

NoticeKind = Literal["maintenance", "interruption", "end_of_service", "terms"]
"""`terms`: a new version of the terms (R31); no call meets it."""
Scope = Literal["all", "node", "plan", "contract"]
Timing = Literal["before", "afterwards"]

_NARROW: dict[Scope, int] = {"contract": 0, "plan": 1, "node": 2, "all": 3}

NAMES: dict[NoticeKind, str] = {
    "maintenance": "メンテナンスのお知らせ",
    "interruption": "サービス一時中断のお知らせ",
    "end_of_service": "サービス終了のお知らせ",
    "terms": "利用規約変更のお知らせ",
}


_GREETING = "平素より格別のお引き立てを賜り、誠にありがとうございます。\n"


@dataclass(frozen=True)
class Notice:
    """One notice. `target`: the node, plan or contract id, "" for all; `to_at` None: open end; outside of the span.

    `prompt`: what callers hear instead of the usual announcement of the kind."""

    id: UUID
    kind: NoticeKind
    scope: Scope
    target: str
    from_at: datetime
    to_at: datetime | None
    prompt: str | None
    subject: str
    body: str

    def runs_at(self, at: datetime) -> bool:
        """Is it in force at that time?"""
        return self.from_at <= at and (self.to_at is None or at < self.to_at)

    def concerns(self, *, node: str | None, plan: str, contract_id: UUID) -> bool:
        """Does it touch this contract? `node` None: whichever node its calls come in on."""
        own = {"all": "", "plan": plan, "contract": str(contract_id), "node": self.target if node is None else node}
        return self.target == own[self.scope]


def met(notices: Iterable[Notice], *, node: str, plan: str, contract_id: UUID, at: datetime) -> Notice | None:
    """The notice that a call meets; None: it meets none. An end of service comes before the others, then the
    narrower scope, then the one that began last."""
    found = [
        n for n in notices
        if n.kind != "terms" and n.runs_at(at) and n.concerns(node=node, plan=plan, contract_id=contract_id)
    ]  # fmt: skip
    return min(found, key=_rank, default=None)


def _rank(notice: Notice) -> tuple[bool, int, float]:
    return notice.kind != "end_of_service", _NARROW[notice.scope], -notice.from_at.timestamp()


def check_span(from_at: datetime, to_at: datetime | None) -> None:
    """Raises `RuleBroken` for a span that is empty."""
    if to_at is not None and to_at <= from_at:
        raise RuleBroken(f"the notice would end ({shown(to_at)}) before it begins ({shown(from_at)})")


def read_time(text: str) -> datetime:
    """A time as operations type it, Tokyo's civil time (`2026-12-01 02:00`), as aware UTC. Raises `RuleBroken`."""
    try:
        return datetime.strptime(text.strip().replace("T", " "), "%Y-%m-%d %H:%M").replace(tzinfo=TOKYO).astimezone(UTC)
    except ValueError:
        raise RuleBroken(f"{text!r} is no time: write it as 2026-12-01 02:00 (Tokyo)") from None


def timing(told_at: datetime, from_at: datetime) -> Timing:
    """R13, R21: whether subscribers hear of it before it begins, or afterwards as no notice was possible."""
    return "before" if told_at < from_at else "afterwards"


def shown(at: datetime) -> str:
    """A time as it stands in letters: Japanese, Tokyo's civil time."""
    local = at.astimezone(TOKYO)
    return f"{local.year}年{local.month}月{local.day}日 {local.hour:02}:{local.minute:02}"


def span_text(notice: Notice) -> str:
    """From when to when, as it stands in letters."""
    until = shown(notice.to_at) if notice.to_at else "" if notice.kind == "end_of_service" else "終了時刻未定"
    return f"{shown(notice.from_at)} 〜 {until}".rstrip()


def letter(notice: Notice, name: str, when: Timing) -> tuple[str, str]:
    """Subject and text of the mail to a subscriber (Articles 13.2, 30.1), in Japanese."""
    if notice.kind == "terms":
        return f"【{NAMES['terms']}】{notice.subject}", f"{name} 様\n\n{_GREETING}{notice.body}\n"
    late = "事前のご連絡ができませんでしたことを、お詫び申し上げます。\n\n" if when == "afterwards" else ""
    return (
        f"【{NAMES[notice.kind]}】{notice.subject}",
        f"{name} 様\n\n{_GREETING}"
        f"下記のとおり、お知らせいたします。\n\n{late}"
        f"件名　{notice.subject}\n期間　{span_text(notice)}（日本時間）\n\n{notice.body}\n",
    )


def ending_letter(notice: Notice, name: str, ended_at: datetime) -> tuple[str, str]:
    """Subject and text of the mail that it is over, or does not take place after all."""
    begun = notice.from_at < ended_at
    said = f"{shown(ended_at)} に終了いたしました。" if begun else "取りやめとなりました。"
    return (
        f"【{'終了' if begun else '中止'}】{notice.subject}",
        f"{name} 様\n\n{_GREETING}"
        f"先にお知らせいたしました下記の件は、{said}\n\n件名　{notice.subject}\n"
        f"期間　{span_text(notice)}（日本時間）\n",
    )
