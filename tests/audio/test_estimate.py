"""Lengths guessed from texts: near enough to prove a flow by, before anything is built."""

import pytest

from smartdesk_pbx.audio.catalogue import Catalogue
from smartdesk_pbx.audio.estimate import NAME_S, estimate_s, placeholder_s
from smartdesk_pbx.audio.texts import load_prompts, texts
from smartdesk_pbx.settings import Settings


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_guess_is_within_a_third_of_what_is_built(built: Settings, language: str) -> None:
    catalogue = Catalogue(built)
    spoken = [
        id_ for id_, one in load_prompts(built, language).items() if not one.piece and id_ in catalogue.ids(language)
    ]
    ratio = {
        one: estimate_s(catalogue.text(language, one), language) / catalogue.seconds(language, one) for one in spoken
    }
    assert all(0.75 < of < 1.34 for of in ratio.values()), ratio
    assert 0.95 < sum(ratio.values()) / len(ratio) < 1.1


@pytest.mark.parametrize("language", ["zh", "ko"])
def test_languages_that_nobody_has_recorded_last_about_as_long(built: Settings, language: str) -> None:
    japanese, other = texts(built, "ja"), texts(built, language)
    for prompt, one in load_prompts(built, "ja").items():
        if not one.piece and len(japanese[prompt]) > 40:
            assert 0.5 < estimate_s(other[prompt], language) / estimate_s(japanese[prompt], "ja") < 1.3, prompt


def test_no_text_lasts_no_time_and_unknown_languages_are_guessed_as_english() -> None:
    assert estimate_s("", "ja") == estimate_s(" 。", "ja") == 0
    assert (
        estimate_s("Obrigado por ligar.", "pt")
        == estimate_s("Obrigado por ligar.", "en")
        == pytest.approx(1.6, abs=0.1)
    )


def test_placeholders_have_a_longest() -> None:
    assert placeholder_s("@name") == NAME_S
    assert placeholder_s("@opens") > placeholder_s("@time") + placeholder_s("@day") - 1
    with pytest.raises(KeyError):
        placeholder_s("@nothing")
