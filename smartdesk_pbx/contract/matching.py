"""R4.2: names, numbers and addresses brought to one form, so that a formerly revoked party is found again however they
write themselves. Pure."""

import re
import unicodedata

_FORMS = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|一般財団法人|"
    r"[(](?:株|有|同|資|名)[)]|\b(?:co\.?,? ?ltd|inc|k\.?k|llc|corporation|corp)\b\.?"
)
_NOT_IN_NAMES = re.compile(r"[\W_]+")
_DASHES = re.compile(r"[‐‑‒–—―−ー-]+")
_PLACES = re.compile(r"(?<=[0-9])(?:丁目|番地の?|番|号室|号)")
_LOOSE = re.compile(r"-(?![0-9])")
_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_POSTAL = re.compile(r"^〒?\s*[0-9]{3}-?[0-9]{4}\s+")
_CHOME = re.compile(r"[一二三四五六七八九](?=丁目)")


def same_name(text: str) -> str:
    """A name without its company form, spaces and signs; wide and narrow, large and small letters are the same,
    hiragana reads as katakana."""
    plain = _katakana(unicodedata.normalize("NFKC", text).lower())
    return _NOT_IN_NAMES.sub("", _FORMS.sub("", plain))


def same_address(text: str) -> str:
    """An address as one writes it shortest: 一丁目2番地3号 and １－２－３ are the same."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = _POSTAL.sub("", plain)
    plain = _CHOME.sub(lambda found: found[0].translate(_DIGITS), plain)
    plain = _DASHES.sub("-", re.sub(r"[\s、,]+", "", plain))
    return _LOOSE.sub("", _PLACES.sub("-", plain))


def _katakana(text: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)
