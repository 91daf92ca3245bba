"""How long a text lasts when it is spoken, before anybody has: so that a flow can be proved before the build. Pure."""

import re
from collections.abc import Mapping

from smartdesk_pbx.audio.pieces import PLACEHOLDERS, Kind

LONGEST_S: Mapping[Kind, float] = {"digits": 30.0, "time": 4.0, "day": 5.0, "when": 9.0, "position": 3.5}
"""What no value lasts longer than, in any voice of ours: proofs do not know the value."""
NAME_S = 6.0
"""An announced name; a very long one lasts longer."""
EDGES_S = 0.29
"""The silence before and after each prompt."""

_CLASSES = {
    "ideograph": re.compile(r"[一-鿿々]"),
    "kana": re.compile(r"[ぁ-ゖァ-ヺー]"),
    "hangul": re.compile(r"[가-힣]"),
    "letter": re.compile(r"[A-Za-z'’ ]"),
    "digit": re.compile(r"[0-9*#+]"),
    "comma": re.compile(r"[、，,;:]"),
    "stop": re.compile(r"[。．.!?！？]"),
}
_ENGLISH = {
    "ideograph": 0.2, "kana": 0.12, "hangul": 0.17, "letter": 0.059, "digit": 0.45, "comma": 0.25, "stop": 0.23,
}  # fmt: skip
_SECONDS: Mapping[str, Mapping[str, float]] = {
    "en": _ENGLISH,
    "ja": _ENGLISH | {"digit": 0.28, "comma": 0.67, "stop": 0.27},
    "zh": _ENGLISH | {"ideograph": 0.23, "digit": 0.25, "comma": 0.4, "stop": 0.4},
    "ko": _ENGLISH | {"digit": 0.25, "letter": 0.05, "comma": 0.4, "stop": 0.4},
}
"""Seconds of one character by its class; ja and en as our voices speak, zh and ko as people do."""


def estimate_s(text: str, language: str) -> float:
    """Seconds that a text lasts, within a third of what is built then; 0 for no text."""
    spoken = text.strip().rstrip("、，,。．.!?！？")
    if not spoken:
        return 0.0
    seconds = _SECONDS.get(language, _ENGLISH)
    counted = sum(len(one.findall(spoken)) * seconds[name] for name, one in _CLASSES.items())
    return round(EDGES_S + seconds["stop"] + counted, 2)


def placeholder_s(placeholder: str) -> float:
    """Seconds that what stands for a placeholder (`@opens`) lasts at most. Raises `KeyError` for an unknown one."""
    return NAME_S if placeholder == "@name" else LONGEST_S[PLACEHOLDERS[placeholder]]
