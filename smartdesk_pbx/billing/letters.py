"""What is written to subscribers about money, in Japanese. Pure."""

from collections.abc import Sequence
from datetime import date

from smartdesk_pbx.billing.dunning import Reminder
from smartdesk_pbx.billing.invoice import Document
from smartdesk_pbx.contract.letters import Text
from smartdesk_pbx.contract.month import Month


def invoice_letter(document: Document) -> Text:
    """R16.1: the amount owed, with the document attached."""
    month = Month.parse(document.month)
    what = f"{month.year}年{month.number}月分"
    if document.kind == "credit_note":
        return _letter(
            document.recipient.name,
            f"【Smartdesk W】返還請求書のご送付（{what}）",
            f"{what}のご利用料につきまして、返還請求書（No.{document.number:06}）をお送りいたします。",
            "",
            f"　ご返還金額：{-document.total_yen:,}円（税込）",
            "",
            "詳細は添付の書面をご確認ください。",
        )
    return _letter(
        document.recipient.name,
        f"【Smartdesk W】ご請求金額のお知らせ（{what}）",
        "平素より Smartdesk W をご利用いただき、誠にありがとうございます。",
        f"{what}のご請求金額が確定いたしましたので、請求書（No.{document.number:06}）をお送りいたします。",
        "",
        f"　ご請求金額：{document.total_yen:,}円（税込）",
        f"　お支払期限：{_day(document.due_on)}",
        "",
        "詳細は添付の請求書をご確認ください。",
    )


def reminder_letter(name: str, found: Sequence[Reminder], today: date, bank: str) -> Text:
    """R16.2: what is open and since when; as strongly as the strongest of the reminders in it."""
    strongest = max(found, key=lambda one: (one.is_last, one.step))
    owed = sum(one.open_yen for one in found)
    interest = sum(one.interest_yen for one in found)
    lines = [
        *_opening(strongest, today),
        "",
        *(f"　請求書 No.{o.number:06}　お支払期限 {_day(o.due_on)}　未払額 {o.open_yen:,}円" for o in found),
        "",
        f"　未払額合計：{owed:,}円",
    ]
    if interest:
        lines.append(f"　遅延損害金（{_day(today)}時点）：{interest:,}円")
    if bank:
        lines.append(f"　お振込先　：{bank}")
    lines += ["", *_closing(strongest)]
    return _letter(name, f"【Smartdesk W】{_title(strongest)}", *lines)


def _title(strongest: Reminder) -> str:
    if strongest.is_last:
        return "【重要】ご利用料お支払いの催告"
    return "ご利用料お支払いのお願い" if strongest.step == 1 else "ご利用料お支払いのお願い（再送）"


def _opening(strongest: Reminder, today: date) -> tuple[str, ...]:
    if strongest.is_last:
        return (
            "再三のお願いにもかかわらず、下記のご利用料のお支払いを本日現在確認できておりません。",
            "つきましては、直ちにお支払いくださいますよう、本書をもって催告いたします。",
        )
    again = "再度" if strongest.step > 1 else ""
    return (
        "平素より Smartdesk W をご利用いただき、誠にありがとうございます。",
        f"{_day(today)}現在、下記のご利用料のお支払いを確認できておりませんので、{again}ご案内申し上げます。",
    )


def _closing(strongest: Reminder) -> tuple[str, ...]:
    if strongest.is_last:
        return (
            "お支払いを確認できない場合は、利用規約第19条に基づき、本サービスの利用停止または契約の解約を行うことがございます。",
            "利用規約第16条第2項の遅延損害金は、お支払いの日まで加算されます。",
        )
    return (
        "行き違いですでにお支払いいただいておりましたら、何卒ご容赦ください。",
        "なお、お支払いが遅れた期間につきましては、利用規約第16条第2項の遅延損害金を申し受けます。",
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _letter(name: str, subject: str, *lines: str) -> Text:
    return Text(subject, "\n".join((f"{name} 様", "", *lines, "")))
