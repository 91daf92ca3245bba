"""The secrets of an installation."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.keys import load_keys, load_secret


def test_made_once_and_private(tmp_path: Path) -> None:
    first = load_keys(tmp_path / "home")
    assert load_keys(tmp_path / "home") == first
    assert len(first.master) == len(first.installation) == 32
    assert len({first.ari_password, first.ami_password, first.http_token}) == 3
    assert first.master != first.installation != load_keys(tmp_path / "other").installation
    folder = tmp_path / "home" / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert len(files) == 5
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_never_shown(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    for shown in (repr(keys), str(keys)):
        assert keys.http_token not in shown
        assert keys.master.hex() not in shown and repr(keys.master) not in shown


def test_two_that_start_at_once_read_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: load_keys(tmp_path), range(8)))
    assert len(set(loaded)) == 1


def test_open_to_others_is_refused(tmp_path: Path) -> None:
    load_keys(tmp_path)
    (tmp_path / "secrets" / "master").chmod(0o640)
    with pytest.raises(RuleBroken, match=r"chmod 600 .*master"):
        load_keys(tmp_path)


@pytest.mark.parametrize("text", ["", "00" * 31, "not hexadecimal"])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, text: str) -> None:
    load_keys(tmp_path)
    file = tmp_path / "secrets" / "master"
    file.write_text(text)
    with pytest.raises(RuleBroken, match="backup"):
        load_keys(tmp_path)
    assert file.read_text() == text


def test_a_secret_keeps_its_line(tmp_path: Path) -> None:
    assert load_secret(tmp_path / "trunk", lambda: "abc") == "abc"
    assert load_secret(tmp_path / "trunk", lambda: "other") == "abc"
