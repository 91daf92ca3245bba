"""R2.3: the announced name as a sound, made when the name is stored and never during a call."""

import re
import unicodedata
from collections.abc import Iterable

from smartdesk_pbx.audio.catalogue import ENDINGS, ULAW_RATE
from smartdesk_pbx.audio.make import Source, Speech, cache_dir, install, make_all
from smartdesk_pbx.audio.speech import engine_version
from smartdesk_pbx.audio.texts import Espeak, OpenJTalk, known_languages, load_voices
from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.settings import Settings

LONGEST_NAME = 100
HOUSE = "ja"
"""The language of the names, and of the voice that says them where a language has none."""
_FILE = re.compile(r"[a-z0-9-]{1,8}")
_READING = re.compile(r"[ァ-ヺー・、A-Za-z0-9 .&'-]+")
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}
_LONG = (
    (re.compile(r"(?<=[オコソトノホモヨロヲゴゾドボポョウクスツヌフムユルグズヅブプュ])ウ"), "ー"),
    (re.compile(r"(?<=[エケセテネヘメレゲゼデベペ])イ"), "ー"),
)
_SENTENCE = ("。", ".", "!", "?", "！", "？")


def speak_name(settings: Settings, text: str, reading: str, languages: Iterable[str], file: str) -> float:
    """Build an announced name as `FILE` for each language; the longest's seconds. Takes 2 s: not in an event loop.

    `reading` is kana, with spaces between words; "" leaves it to the voice. Raises `RuleBroken` or `Mistakes`.
    """
    if not _FILE.fullmatch(file):
        raise RuleBroken(f"{file!r} is not a name of a sound file: a-z, 0-9 and -, at most 8")
    voices, known, spoken = load_voices(), known_languages(settings), _checked(text, reading)
    sources: dict[str, Source] = {}
    for language in languages:
        if language not in known:
            raise RuleBroken(f"nobody speaks {language!r}: {', '.join(known)} are known")
        # a language of recordings alone hears the name as the house says it
        voice = voices.get(language) or voices[HOUSE]
        sources[language] = _source(text.strip(), spoken, voice)
    wrong = make_all(settings, [(f"announced name, {language}", one) for language, one in sources.items()])
    if wrong:
        raise Mistakes(wrong)
    return max(_install(settings, language, source, file) for language, source in sources.items())


def forget_name(settings: Settings, file: str) -> None:
    """Delete a built announced name in all languages; no error when there is none."""
    if _FILE.fullmatch(file):
        for ending in ENDINGS:
            for path in settings.sounds_dir.glob(f"*/{file}{ending}"):
                path.unlink(missing_ok=True)


def long_vowels(reading: str) -> str:
    """Katakana as it is pronounced: ショウジ becomes ショージ, セイ becomes セー; hiragana becomes katakana."""
    kana = unicodedata.normalize("NFKC", reading).translate(_HIRAGANA_TO_KATAKANA)
    for vowel, sign in _LONG:
        kana = vowel.sub(sign, kana)
    return " ".join(kana.split())


def _checked(text: str, reading: str) -> str:
    if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
        raise RuleBroken(f"an announced name has 1 to {LONGEST_NAME} printable characters")
    spoken = long_vowels(reading)
    if spoken and (len(spoken) > LONGEST_NAME or not _READING.fullmatch(spoken)):
        raise RuleBroken(f"the reading {reading!r} is not kana: write it as カブシキガイシャ サクラショウジ")
    return spoken or text.strip()


def _source(text: str, spoken: str, voice: OpenJTalk | Espeak) -> Speech:
    # a name in Latin letters needs no reading where the voice is not Japanese
    name = text if isinstance(voice, Espeak) and text.isascii() else spoken
    sentence = name if name.endswith(_SENTENCE) else voice.announced_name.format(name=name)
    return Speech(sentence, voice, engine_version(voice))


def _install(settings: Settings, language: str, source: Source, file: str) -> float:
    stem = settings.sounds_dir / language / file
    install(cache_dir(settings) / source.key, stem)
    return stem.with_name(f"{file}.ulaw").stat().st_size / ULAW_RATE
