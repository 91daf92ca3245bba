"""The 33 articles of the terms of service, and what each asks of software. Pure: read by `terms coverage`."""

from dataclasses import dataclass
from typing import Literal

Duty = Literal["software", "none", "later"]


@dataclass(frozen=True)
class Row:
    """One thing that an article asks for. `why`: for `none` why software has no duty, for `later` what builds it."""

    id: str
    asks: str
    duty: Duty = "software"
    why: str = ""


@dataclass(frozen=True)
class Article:
    """One article of the terms, by its number and heading, and its rows in `requirements`."""

    number: int
    heading: str
    rows: tuple[Row, ...]


def _none(number: int, why: str) -> tuple[Row, ...]:
    return (Row(f"R{number}", "-", "none", why),)


ARTICLES: tuple[Article, ...] = (
    Article(1, "本規約の目的", _none(1, "states the purpose; the terms themselves can be shown")),
    Article(
        2,
        "定義",
        (
            Row("R2.1", "IVR first, a human only after it, with the reason; parts enabled separately"),
            Row("R2.1b", "extensions, groups, mailbox", "later", "IP-PBX"),
            Row("R2.2", "forward sources, raw and parsed; anonymous is a class"),
            Row("R2.3", "announced name before audio; primary response item by item"),
        ),
    ),
    Article(3, "本規約の適用関係", (Row("R3", "contract over plan over built-in, explained"),)),
    Article(
        4,
        "利用申込み",
        (
            Row("R4.1", "application, consent, identity record"),
            Row("R4.2", "refusal with a reason kept inside"),
            Row("R4.3", "screening; formation by notice"),
        ),
    ),
    Article(5, "ユーザーアカウントおよびパスワードの管理", (Row("R5", "accounts, theft, lock-out, sessions"),)),
    Article(6, "本受電代行サービスの内容", (Row("R6", "report of the primary response", "later", "desk: reports"),)),
    Article(
        7,
        "本受電代行サービスの提供",
        (
            Row("R7.1", "number pool, one contract at a time, refusal with reason"),
            Row("R7.2", "billable or not, by rules that are stored with the case"),
            Row("R7.3", "billed whether or not the purpose was met"),
            Row("R7.4", "hours and languages; outside them billed, and said so"),
        ),
    ),
    Article(
        8,
        "契約者による本受電代行サービスの利用",
        (
            Row("R8.1", "follow-up marked on each report", "later", "desk: follow-up"),
            Row("R8.2", "direct-transfer requests and the emergency number"),
            Row("R8.3", "forbidden uses marked and reported"),
            Row("R8.4", "complaints counted, dossier, decision"),
            Row("R8.5", "suspended: charged on, a neutral announcement"),
        ),
    ),
    Article(9, "本音声ガイダンスサービスの内容", (Row("R9", "onboarding checklist before going live"),)),
    Article(10, "本音声ガイダンスサービスの利用範囲", (Row("R10", "written consent for third-party use"),)),
    Article(11, "契約期間", (Row("R11", "term and renewal"),)),
    Article(12, "プランの変更", (Row("R12", "plan change by the 25th"),)),
    Article(13, "本サービスの変更", (Row("R13", "notices of change; the right announcement"),)),
    Article(14, "届出事項の不備および変更", (Row("R14", "requests for change, with history"),)),
    Article(15, "利用料", (Row("R15", "monthly fees, never prorated"),)),
    Article(
        16,
        "利用料の支払",
        (
            Row("R16.1", "month-end close; the amount shown is the amount owed"),
            Row("R16.2", "late interest 14.6 % a year, by day"),
            Row("R16.3", "fees to the end of the month in which the contract ends"),
            Row("R16.4", "collection company: export and results, once each"),
        ),
    ),
    Article(17, "再委託", (Row("R17", "agents of outside vendors", "later", "desk: vendors"),)),
    Article(18, "契約者が行う契約の解約", (Row("R18", "cancellation by the 25th; fee of 10,000 yen, untaxed"),)),
    Article(19, "当社が行う契約の解約", (Row("R19", "termination or suspension with reason; debts due at once"),)),
    Article(20, "禁止行為", (Row("R20", "list of prohibited acts as reasons of R19"),)),
    Article(21, "本サービスの一時的な中断", (Row("R21", "interruptions announced"),)),
    Article(22, "情報の再利用の禁止", (Row("R22", "basis of the penalty: fees paid and scheduled"),)),
    Article(23, "守秘義務", (Row("R23", "access by role; every look audited"),)),
    Article(24, "登録情報の開示", (Row("R24", "third parties see what their work needs", "later", "desk: vendors"),)),
    Article(25, "個人情報の取り扱い", (Row("R25", "retention and erasure, ledger still verifiable"),)),
    Article(26, "権利義務の譲渡禁止", (Row("R26", "full export; transfer of the business"),)),
    Article(27, "反社会的勢力の排除", (Row("R27", "declaration; termination without notice"),)),
    Article(28, "損害賠償", (Row("R28", "damages cap: three months' fees"),)),
    Article(29, "免責", _none(29, "limits liability; nothing to be done by software")),
    Article(30, "本サービスの終了", (Row("R30", "end of service announced"),)),
    Article(31, "本規約の公表および変更", (Row("R31", "versions of the terms, notice, deemed consent"),)),
    Article(32, "準拠法", _none(32, "Japanese law; shown with the terms")),
    Article(33, "合意管轄", _none(33, "Tokyo District Court; shown with the terms")),
)

ROWS = {row.id: row for article in ARTICLES for row in article.rows}
