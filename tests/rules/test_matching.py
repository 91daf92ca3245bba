"""R4.2: a formerly revoked party is the same however it writes itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.matching import same_address, same_name


@pytest.mark.parametrize(
    "text",
    ["株式会社さくら商事", "㈱サクラ商事", "(株) さくら　商事", "さくら商事株式会社", "サクラ・商事", "（株）ｻｸﾗ商事"],
)
def test_r4_2_names_without_form_width_and_kana(text: str) -> None:
    assert same_name(text) == "サクラ商事"


def test_r4_2_names_in_latin_letters() -> None:
    assert same_name("SAKURA Co., Ltd.") == same_name("Ｓａｋｕｒａ") == same_name("sakura inc.") == "sakura"
    assert same_name("Incense House") == "incensehouse", "no form is cut out of a word"


@pytest.mark.parametrize(
    "text",
    [
        "東京都千代田区丸の内1-2-3",
        "東京都千代田区丸の内一丁目2番地3号",
        "東京都 千代田区 丸の内１丁目２番３号",
        "〒100-0005 東京都千代田区丸の内１－２－３",
        "東京都千代田区丸の内1丁目2番地の3",
    ],
)
def test_r4_2_addresses(text: str) -> None:
    assert same_address(text) == "東京都千代田区丸の内1-2-3"


def test_r4_2_other_parties_stay_others() -> None:
    assert same_name("株式会社さくら") != same_name("株式会社さくら商事")
    assert same_address("東京都港区1-2-3") != same_address("東京都港区1-23")
    assert same_name("株式会社") == "" and same_address("") == ""


@given(st.text(max_size=60))
def test_the_normal_form_is_its_own_normal_form(text: str) -> None:
    assert same_name(same_name(text)) == same_name(text)
