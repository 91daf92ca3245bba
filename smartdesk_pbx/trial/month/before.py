"""Before the month: the operator, plans and prices, and how the contracts came to be (R4, R9)."""

from datetime import datetime, time
from importlib.resources import files

from smartdesk_pbx.clock import TOKYO
from smartdesk_pbx.settings import share
from smartdesk_pbx.trial.month.bureau import Bureau
from smartdesk_pbx.trial.month.cast import Member
from smartdesk_pbx.trial.month.visits import TESTER

PLANS = ("light", "standard", "business")
TERMS = "2026-04"
FLOW = "demo-reception"

APPLICATION = """\
subscriber: {slug}
plan: {plan}
settings: {{term_months: 12{more}}}
applicant:
  kind: corporation
  name: {name}
  name_kana: カブシキガイシャ{reading}
  representative: {person}
  postal_code: 100-0000
  address: {address}
  phone: "{phone}"
  mail: {mail}
  business: {business}
  purpose: 代表電話の受電代行
service:
  announced_name: {announced}
  announced_reading: {reading}
  emergency_number: "{emergency}"
  notify: [{mail}]
consent:
  terms: "{terms}"
  by: {person}
antisocial:
  declared: true
  by: {person}
"""


async def found(bureau: Bureau) -> None:
    """The operator, the terms, three plans with their prices, the flow that answers."""
    await bureau.ask("terms.add", version=TERMS, text=_text("terms.txt"))
    await bureau.ask(
        "operator.set", name="株式会社架空電話代行", address="東京都千代田区架空町1-1-1", registration="T7000012050002",
        phone="03-1000-0000", bank="架空銀行 本店営業部 普通 0000001 ｶ)ｶｸｳﾃﾞﾝﾜﾀﾞｲｺｳ",
    )  # fmt: skip
    for plan in PLANS:
        await bureau.ask("plan.add", text=_text(f"{plan}.yaml") + _text("rules.yaml"), file=f"{plan}.yaml")
        await bureau.ask("plan.price", text=_text(f"prices-{plan}.yaml"), file=f"prices-{plan}.yaml")
    flow = share("dialplans") / "flows" / f"{FLOW}.yaml"
    await bureau.ask("flow.publish", text=flow.read_text("utf-8"), file=flow.name)


def _text(name: str) -> str:
    return (files("smartdesk_pbx.trial.month") / "plans" / name).read_text("utf-8")


def application(member: Member) -> str:
    """The application of a member as a form."""
    more = ", options: [daily-report]" if member.daily_report else ""
    own = {"phone": member.own_number, "terms": TERMS, "mail": member.mail, "more": more}
    return APPLICATION.format(**{**vars(member), **own})


async def apply(bureau: Bureau, member: Member) -> str:
    """R4.1: the application is entered and both checks are made; its id."""
    id = str((await bureau.ask("application.add", text=application(member)))["application"])
    await bureau.ask("application.identify", application=id, document="company-register", method="by-post")
    await bureau.ask("application.screen", application=id, method="新聞記事データベース", result="clear")
    return id


async def form(bureau: Bureau, member: Member, id: str) -> str:
    """R4.3, R7.1: the contract is formed by notice, with a number that the subscriber's own one forwards to; its id."""
    contract = str((await bureau.ask("application.approve", application=id))["contract"])
    await bureau.ask("number.add", number=member.number, contract=contract, flow=FLOW, sources=[member.own_number])
    return contract


async def take_over(bureau: Bureau, member: Member) -> None:
    """A subscriber of the time before the month: formed on its day and live at once."""
    await bureau.until(datetime.combine(member.since, time(10), TOKYO))
    contract = await form(bureau, member, await apply(bureau, member))
    await bureau.ask("contract.live", contract=contract, override="旧システムからの移行")


async def test_call(bureau: Bureau, member: Member) -> None:
    """R9: somebody of the bureau calls the number that is not live yet, and hears the voice guidance."""
    me, conversation = bureau.dial(member.number, TESTER, member.own_number)
    await me.hears("main-menu")
    await me.presses("1")
    await me.hears("company-info")
    await me.hangs_up()
    await conversation
