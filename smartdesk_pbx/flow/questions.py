"""What `smartdesk flow new` asks. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.flow import typed
from smartdesk_pbx.flow.typed import NONE, Answers, Parts


@dataclass(frozen=True)
class Question:
    """`en`, `ja`: the question. `label`: what stands behind the value in the file. `example`: what to type.

    `read`: as in `flow/typed.py`. `usual`: the answer when nothing is typed; None: what the template has; "" when it
    must be answered. `settled`: the answer about which those before leave no choice, else None.
    """

    en: str
    ja: str
    label: str
    example: str
    read: Callable[[str, Answers, date], Parts]
    usual: str | None = None
    settled: Callable[[Answers], str | None] = lambda before: None


def _ring(en: str, ja: str, label: str) -> Question:
    return Question(en, ja, label, "09012345678, +81312345678, or none", typed.read_numbers, usual="")


QUESTIONS: Mapping[str, Question] = {
    "languages": Question(
        "Which languages do callers hear? The first is the usual one.", "ご案内の言語は？", "languages 言語",
        "ja, en, zh, ko", typed.read_languages),
    "opening-hours": Question(
        "When are you open?", "受付時間（営業時間、診療時間）は？", "opening hours 受付時間",
        "mon-fri 09:00-18:00, sat 09:00-12:00", typed.read_hours),
    "lunch-break": Question(
        "Is there a lunch break?", "昼休みは？", "lunch break 昼休み", "12:00-13:00, or none", typed.read_pause,
        usual=NONE),
    "holidays": Question(
        "Are you closed on national holidays?", "祝日はお休みですか？", "national holidays 祝日（none：営業）",
        "yes or no", typed.read_holidays, settled=typed.holidays_settled),
    "company-days": Question(
        "On which other days are you closed?", "そのほかの休業日は？", "company days 会社の休業日",
        "2026-05-01, 06-01 (every year), or none", typed.read_some_days, usual=NONE),
    "year-end": Question(
        "Which days are you closed over the New Year?", "年末年始のお休みは？", "New Year 年末年始",
        "12-29..01-03, or none", typed.read_days),
    "summer": Question(
        "Which days are you closed in summer?", "夏季のお休みは？", "summer 夏季休業", "08-13..08-15, or none",
        typed.read_days),
    "closure-days": Question(
        "First and last day of the closure?", "休業の最初の日と最後の日は？", "closure 臨時休業",
        "2026-09-01..2026-09-30", typed.read_closure, usual=""),
    "team": Question(
        "Which team of agents answers?", "担当するチームは？", "team 担当チーム", "a name, or none: the contract's own",
        typed.read_team, usual=NONE),
    "shop-numbers": _ring(
        "Which telephones of the shop are rung first?", "先に呼び出すお店の電話番号は？", "shop 店舗の電話"),
    "on-call-numbers": _ring(
        "Which doctors on call are rung, one after the other?", "順に呼び出す当番医の電話番号は？", "on call 当番医"),
    "caretaker-numbers": _ring(
        "Which caretakers are rung, all at once?", "一斉に呼び出す管理人の電話番号は？", "caretaker 管理人"),
}  # fmt: skip


def answered(name: str, text: str, before: Answers, today: date) -> Answers:
    """What an answer gives, by name and part (`languages`, `languages.keys`). Raises `RuleBroken`."""
    question = QUESTIONS[name]
    if not text.strip():
        raise RuleBroken(f"this must be answered; {question.example}")
    found = question.read(text, before, today)
    return {f"{name}.{part}".rstrip("."): value for part, value in found.items()}
