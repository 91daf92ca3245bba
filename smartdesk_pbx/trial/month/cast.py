"""Who is in the month: invented subscribers with their numbers, plans and what becomes of each. Seeded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal

Plan = Literal["light", "standard", "business"]
Role = Literal["steady", "complained-of", "insolvent", "cancels", "cancels-late", "changes-plan", "new"]
ROLES: tuple[Role, ...] = ("complained-of", "insolvent", "cancels", "cancels-late", "changes-plan")
"""One subscriber each; the last one of the cast is `new`, all others are `steady`."""

FIRST_DAY = date(2026, 4, 1)
"""When the first contracts were formed."""

_WORDS = (
    ("あおぞら", "アオゾラ"), ("みどり", "ミドリ"), ("ひかり", "ヒカリ"), ("こだま", "コダマ"), ("つばさ", "ツバサ"),
    ("いずみ", "イズミ"), ("かえで", "カエデ"), ("すみれ", "スミレ"), ("あさひ", "アサヒ"), ("しらかば", "シラカバ"),
    ("わかば", "ワカバ"), ("なぎさ", "ナギサ"), ("みなと", "ミナト"), ("やまびこ", "ヤマビコ"),
    ("ほしぞら", "ホシゾラ"), ("たんぽぽ", "タンポポ"), ("くすのき", "クスノキ"), ("せせらぎ", "セセラギ"),
)  # fmt: skip
_TRADES = (
    ("歯科", "シカ", "歯科診療"), ("工務店", "コウムテン", "住宅の建築"), ("不動産", "フドウサン", "不動産の仲介"),
    ("法律事務所", "ホウリツジムショ", "法律相談"), ("会計事務所", "カイケイジムショ", "税務と会計"),
    ("設備", "セツビ", "水道設備"), ("製作所", "セイサクショ", "部品の製造"), ("整骨院", "セイコツイン", "施術"),
    ("運送", "ウンソウ", "貨物の運送"), ("商会", "ショウカイ", "事務用品の卸売"), ("薬局", "ヤッキョク", "調剤"),
    ("美容室", "ビヨウシツ", "美容"), ("学習塾", "ガクシュウジュク", "学習指導"), ("印刷", "インサツ", "印刷"),
)  # fmt: skip
_FAMILIES = ("青空", "緑川", "光野", "小玉", "翼田", "泉谷", "楓山", "菫沢", "朝日奈", "白樺", "若葉", "渚", "港町")
_GIVEN = ("太郎", "花子", "一郎", "恵", "健", "由美", "誠", "直子", "進", "桜")
_WARDS = ("千代田区架空町", "新宿区架空町", "品川区架空町", "台東区架空町", "杉並区架空町")


@dataclass(frozen=True)
class Member:
    """A subscriber. `calls_a_weekday`: how many callers it has on an ordinary weekday; `pays_on`: day of the month."""

    slug: str
    name: str
    announced: str
    reading: str
    business: str
    person: str
    address: str
    plan: Plan
    role: Role
    since: date
    number: str
    own_number: str
    emergency: str
    calls_a_weekday: float
    daily_report: bool

    @property
    def mail(self) -> str:
        """Invented addresses end in .example."""
        return f"office@{self.slug}.example"


def cast(seed: int, subscribers: int) -> tuple[Member, ...]:
    """So many subscribers, at least 6: one for each role, the last one new. Most have the plan `standard`."""
    random = Random(f"cast {seed}")
    pairs = random.sample([(word, trade) for word in _WORDS for trade in _TRADES], subscribers)
    return tuple(_member(random, i, subscribers, *pair) for i, pair in enumerate(pairs))


def role_of(members: Sequence[Member], role: Role) -> Member:
    """The one of this role."""
    return next(member for member in members if member.role == role)


def _member(random: Random, i: int, of: int, word: tuple[str, str], trade: tuple[str, str, str]) -> Member:
    role: Role = "new" if i == of - 1 else ROLES[i] if i < len(ROLES) else "steady"
    plan = _plan(random, role)
    return Member(
        slug=f"s{i + 1:02}", name=f"株式会社{word[0]}{trade[0]}", announced=word[0] + trade[0],
        reading=word[1] + trade[1], business=trade[2], person=f"{random.choice(_FAMILIES)} {random.choice(_GIVEN)}",
        address=f"東京都{random.choice(_WARDS)}{random.randint(1, 9)}-{random.randint(1, 20)}-{random.randint(1, 30)}",
        plan=plan, role=role, since=FIRST_DAY + timedelta(days=round(i * 160 / of)),
        # No exchange of Tokyo begins with 1: these numbers can belong to nobody.
        number=f"031000{i + 1:04}", own_number=f"031010{i + 1:04}", emergency=f"031020{i + 1:04}",
        calls_a_weekday=_CALLS[plan] * random.uniform(0.55, 1.6), daily_report=random.random() < 0.25,
    )  # fmt: skip


_CALLS: dict[Plan, float] = {"light": 0.9, "standard": 2.3, "business": 6.8}
_PLAN_OF_ROLE: dict[Role, Plan] = {
    "complained-of": "business", "insolvent": "standard", "cancels": "light", "cancels-late": "standard",
    "changes-plan": "light", "new": "standard",
}  # fmt: skip


def _plan(random: Random, role: Role) -> Plan:
    if role != "steady":
        return _PLAN_OF_ROLE[role]
    return random.choices(("light", "standard", "business"), (19, 21, 7))[0]
