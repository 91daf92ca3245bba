"""Names as banks write them: half-width katakana, big kana only, companies shortened. Pure."""

import re
import unicodedata

from smartdesk_pbx.errors import RuleBroken

_SMALL = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")
_FORM = "カ|ユ|ド|メ|シ|フク|シユウ|ガク|イ|ザイ|シヤ|トクヒ"
_COMPANY = re.compile(rf"^(?:{_FORM})\)|\((?:{_FORM})\)|\((?:{_FORM})$")
_WHOLE = re.compile(r"カブシキガイシヤ|ユウゲンガイシヤ|ゴウドウガイシヤ")
_DROPPED = re.compile(r"[\s\-‐−ーｰ・･.,()（）/]")

_ONE_BYTE = [chr(code) for code in range(0xFF61, 0xFF9E)]
_HALF = {unicodedata.normalize("NFKC", letter): letter for letter in _ONE_BYTE}
_MARKS = {"\u3099": "ﾞ", "\u309a": "ﾟ"}
_ALLOWED = re.compile(r"[0-9A-Z ()\-./\\「｣｢」,ｦ-ﾟ]*")


def payer_key(name: str) -> str:
    """A payer's name reduced to what two banks agree on: full-width katakana, big, without company form, spaces and
    lengthening marks. "" when nothing is left."""
    text = unicodedata.normalize("NFKC", name).upper()
    text = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)
    text = _COMPANY.sub("", text.translate(_SMALL))
    return _DROPPED.sub("", _WHOLE.sub("", text))


def half_width(text: str, what: str) -> str:
    """`text` in the letters of 全銀 files: half-width katakana, capitals, digits and a few signs.

    Raises `RuleBroken` naming `what` and the letters that cannot be written so (kanji above all).
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in plain).translate(_SMALL).replace("ー", "-")
    parts = unicodedata.normalize("NFD", plain)
    written = "".join(_MARKS.get(c) or _HALF.get(c) or c for c in parts)
    bad = sorted({c for c in written if not _ALLOWED.fullmatch(c)})
    if bad:
        raise RuleBroken(f"{what}: {text!r} cannot be written in a bank's file ({' '.join(bad)}); write it in katakana")
    return written
