"""The reasons for which we refuse, suspend or end (R4.2, R8.4, R19, R20, R27), each with its article. Pure.

They are kept inside: no letter and no announcement ever names one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from smartdesk_pbx.errors import RuleBroken

REFUSAL: Mapping[str, str] = MappingProxyType({
    "4.2-1": "本規約に違反するおそれがあると判断した",
    "4.2-2": "提供された情報に虚偽、誤記または記載漏れがあった",
    "4.2-3": "過去に利用を取り消された者である",
    "4.2-4": "反社会的勢力等である、またはこれと交流・関与がある",
    "4.2-5": "その他、利用を適当でないと判断した",
})  # fmt: skip
"""Article 4.2 ①–⑤."""

TERMINATION: Mapping[str, str] = MappingProxyType({
    "19.1-1": "本契約に違反した",
    "19.1-2": "差押え、仮差押え、仮処分、強制執行、滞納処分または競売の申立を受けた",
    "19.1-3": "破産、会社更生、民事再生または特別清算の手続開始の申立があった",
    "19.1-4": "支払停止、または手形・小切手の不渡り",
    "19.1-5": "営業の停止、または営業許可取消等の処分",
    "19.1-6": "解散決議",
    "19.1-7": "役員、社員または株主との紛争による営業活動の支障",
    "19.1-8": "株主構成または経営主体の重大な変更による営業活動の支障",
    "19.1-9": "財務状態の著しい悪化",
    "19.1-10": "信用または信頼関係の著しい毀損",
    "19.1-11": "相手方またはキャリアの名誉、信用の毀損",
    "19.1-12": "その他、本契約の継続を困難とする重大な事由",
    "27.4": "反社会的勢力の排除の条項に違反した（催告を要しない）",
})  # fmt: skip
"""Article 19.1 ①–⑫ and 27.4; each also allows a suspension instead."""

SUSPENSION: Mapping[str, str] = MappingProxyType({
    **TERMINATION,
    "8.4": "クレーム電話等が所定の回数以上繰り返された",
})  # fmt: skip
"""Article 8.4 allows a suspension only."""

ACTS: Mapping[str, str] = MappingProxyType({
    "20-1": "本契約に違反する行為",
    "20-2": "提供される情報の無断の複写、複製、送付、譲渡、頒布、配布、転売",
    "20-3": "犯罪行為に関連する行為",
    "20-4": "公序良俗に反する行為",
    "20-5": "法令に違反する行為またはそれに準ずる行為",
    "20-6": "情報を改ざんする行為",
    "20-7": "本サービスの運営を妨害するおそれのある行為",
    "20-8": "不正な方法で決済手段を利用する行為",
    "20-9": "競合する事業者による調査目的の利用",
    "20-10": "前各号の行為を惹起し、または容易にする行為",
    "20-11": "その他、不適切と判断する行為",
})  # fmt: skip
"""Article 20 ①–⑪: what was done, where the reason is a breach (19.1-1)."""

BREACH = "19.1-1"
ANTISOCIAL = "27.4"


def known(code: str, codes: Mapping[str, str], what: str) -> str:
    """The code as it is stored. Raises `RuleBroken` that lists all codes of this kind."""
    if code not in codes:
        raise RuleBroken(f"{what}: no code {code!r}; one of\n" + "\n".join(f"  {c}  {t}" for c, t in codes.items()))
    return code


def known_act(act: str | None, code: str) -> str | None:
    """R20: the prohibited act, for a breach only. Raises `RuleBroken`."""
    if act is None:
        return None
    if code != BREACH:
        raise RuleBroken(f"act {act}: belongs to a breach ({BREACH}) only, not to {code}")
    return known(act, ACTS, "act")
