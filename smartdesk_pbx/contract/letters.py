"""What is written to applicants and subscribers about their contract, in Japanese. Pure.

No letter ever names an inside reason (R4.2); of a suspension or termination it says that, not why.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Text:
    """Subject and body of a letter."""

    subject: str
    body: str


def approved(name: str, plan: str, starts_on: date, account: str, reset: str) -> Text:
    """R4.3: the notice by which the contract is formed."""
    return _letter(
        name,
        "【Smartdesk W】お申込み承諾のお知らせ",
        "このたびは Smartdesk W をお申込みいただき、誠にありがとうございます。",
        "お申込みを承諾いたしましたので、利用規約第4条第3項に基づきお知らせいたします。",
        "本通知をもちまして、本サービスの利用契約が成立いたしました。",
        "",
        f"　プラン　　　　　：{plan}",
        f"　契約開始日　　　：{_day(starts_on)}",
        f"　ユーザーアカウント：{account}",
        f"　初回設定コード　：{reset}",
        "",
        "初回設定コードは、パスワードの設定に一度だけお使いいただけます。第三者に知られないようご注意ください。",
        "ご利用開始に向けた初期設定につきましては、担当者より改めてご連絡いたします。",
    )


def refused(name: str) -> Text:
    """R4.2: that the application is not accepted; no reason, there is no duty to give one."""
    return _letter(
        name,
        "【Smartdesk W】お申込み結果のお知らせ",
        "このたびは Smartdesk W をお申込みいただき、誠にありがとうございました。",
        "慎重に検討いたしました結果、誠に恐れ入りますが、今回はご希望に沿いかねることとなりました。",
        "なお、利用規約第4条第2項により、理由のご説明は差し控えさせていただきます。何卒ご了承ください。",
    )


def live(name: str, on: date) -> Text:
    """R9: the service begins."""
    return _letter(
        name,
        "【Smartdesk W】サービス開始のお知らせ",
        f"初期設定が完了し、{_day(on)}よりサービスをご利用いただけるようになりました。",
        "今後ともよろしくお願い申し上げます。",
    )


def plan_change(name: str, plan: str, on: date) -> Text:
    """R12: received, and from when."""
    return _letter(
        name,
        "【Smartdesk W】プラン変更お申込み受付のお知らせ",
        "プラン変更のお申込みを承りました。",
        "",
        f"　変更後のプラン：{plan}",
        f"　変更日　　　　：{_day(on)}",
    )


def plan_change_withdrawn(name: str) -> Text:
    """R12: what was asked is taken back."""
    return _letter(
        name, "【Smartdesk W】プラン変更取消しのお知らせ",
        "お申込みいただいておりましたプラン変更を取り消しました。現在のプランを引き続きご利用いただけます。",
    )  # fmt: skip


def cancellation(name: str, ends_on: date, fee_yen: int) -> Text:
    """R18: received, the last day, and the fee."""
    fee = f"{fee_yen:,}円（不課税）" if fee_yen else "なし"
    return _letter(
        name,
        "【Smartdesk W】解約お申出受理のお知らせ",
        "本契約の解約のお申出を受理いたしました。",
        "",
        f"　契約終了日：{_day(ends_on)}",
        f"　解約金　　：{fee}",
        "",
        "契約終了月の末日までの利用料を申し受けます（利用規約第16条第3項）。日割計算はいたしません（同第15条）。",
    )


def cancellation_withdrawn(name: str) -> Text:
    """R18: the contract goes on."""
    return _letter(
        name, "【Smartdesk W】解約お申出取消しのお知らせ",
        "解約のお申出を取り消しました。本サービスを引き続きご利用いただけます。",
    )  # fmt: skip


def fee_waived(name: str, fee_yen: int) -> Text:
    """R18: the fee is not charged."""
    return _letter(
        name, "【Smartdesk W】解約金についてのお知らせ",
        f"解約金{fee_yen:,}円は申し受けないことといたしました。",
    )  # fmt: skip


def suspended(name: str, on: date) -> Text:
    """R8.4, R19: the use is suspended; charges go on (R8.5)."""
    return _letter(
        name,
        "【Smartdesk W】利用停止のお知らせ",
        f"利用規約に基づき、{_day(on)}より本サービスのご利用を停止いたしました。",
        "停止期間中も利用料は発生いたします。ご不明な点は担当者までお問い合わせください。",
    )


def resumed(name: str, on: date) -> Text:
    """The use goes on."""
    return _letter(
        name, "【Smartdesk W】利用再開のお知らせ",
        f"{_day(on)}より本サービスのご利用を再開いたしました。",
    )  # fmt: skip


def terminated(name: str, on: date) -> Text:
    """R19, R27: the end by us; all debts are due that day, nothing paid is given back."""
    return _letter(
        name,
        "【Smartdesk W】契約解除のお知らせ",
        f"利用規約に基づき、{_day(on)}をもって本契約を解除いたしました。",
        "これに伴い、未払いの債務の全額を直ちにお支払いいただく必要がございます（利用規約第19条第2項）。",
        "お支払い済みの利用料等は返還いたしません（同第19条第3項）。",
    )


def ended(name: str, on: date) -> Text:
    """R11, R18: the contract is over."""
    return _letter(
        name,
        "【Smartdesk W】契約終了のお知らせ",
        f"本サービスの利用契約は、{_day(on)}をもって終了いたしました。",
        "これまでご利用いただき、誠にありがとうございました。",
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _letter(name: str, subject: str, *lines: str) -> Text:
    return Text(subject, "\n".join((f"{name} 様", "", *lines, "")))
