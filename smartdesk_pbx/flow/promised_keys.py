"""Which keys a prompt tells callers to press, read from its text: Japanese, English, Chinese, Korean. Pure.

    "サービスのご案内は、1を。もう一度お聞きになる方は、9を押してください。"  1 and 9
    "To speak to a person, press 2. When you have finished, press the hash key."  2 and #
    "了解服务内容，请按1。" · "상담원 연결은 2번을 눌러 주십시오."

All languages are looked for in each text: a prompt may speak another one (For English, press 2).
"""

import re

_STARS = "star asterisk スター アスタリスク こめじるし 米印 コメ印 星号键 星号 米字键 별표"
_HASHES = "hash pound square シャープ いげた 井桁 井号键 井号 井字键 우물정자 우물정 샵"
_DIGITS = "zero one two three four five six seven eight nine"
_KEYS = (
    {key: key for key in "0123456789*#"}
    | dict.fromkeys(_STARS.split(), "*")
    | dict.fromkeys([*_HASHES.split(), "우물 정자", "우물 정"], "#")
    | {name: str(digit) for digit, name in enumerate(_DIGITS.split())}
    | {"ゼロ": "0"}
)
"""What keys are called."""

_ANY = "|".join(sorted(map(re.escape, _KEYS), key=len, reverse=True))
_ONE = rf"(?<![A-Za-z0-9.:\-])(?:{_ANY})(?![A-Za-z0-9:]|\.[0-9]|-[0-9])"
"""One key: no part of a word, nor of a number, a time or a date."""


def _list(between: str) -> str:
    return f"({_ONE}(?:{between}{_ONE})*)"


_SAID = (
    # press 1 · pressing star · press the hash key · press 1 or 2 · dial 0
    r"\b(?:press|pressing|dial|hit)\s+(?:the\s+)?(?:key\s+|number\s+)?" + _list(r"(?:,\s*|\s+)(?:(?:or|and)\s+)?"),
    # 1を押して · 1を。 · 1番を · 1か2を · シャープを · 2のボタンを
    _list(r"番?(?:か|または|、|と|や)\s*") + r"\s*番?の?(?:キー|ボタン)?を",
    # 按1 · 请按 1 键 · 按1或2 · 按井号键
    r"按(?:下|数字)?\s*" + _list(r"\s*键?(?:或|、|和)按?\s*"),
    # 1번을 눌러 · 1번, 2번을 · 우물 정자를 눌러; not 1번호
    rf"({_ONE})\s*(?:번(?!호)|(?:키|버튼)?[을를]\s*누?[르눌])",
)
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _SAID)
_WIDE = str.maketrans("０１２３４５６７８９＃＊", "0123456789#*")


def promised_keys(text: str) -> frozenset[str]:
    """The keys that a text names to be pressed, 0-9, * and #."""
    parts = [match[1] for pattern in _PATTERNS for match in pattern.finditer(text.translate(_WIDE))]
    return frozenset(_KEYS[one.lower()] for part in parts for one in re.findall(_ONE, part, re.IGNORECASE))
