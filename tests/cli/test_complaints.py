"""`smartdesk complaint` and the later verbs of `smartdesk case`, as a person types them."""

import shutil
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.conftest import Cli

NO_CASE = str(uuid4())


@pytest.fixture(scope="module")
def cli(settled: Path, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    home = tmp_path_factory.mktemp("complaints") / "home"
    shutil.copytree(settled, home)
    return Cli(home)


def test_r8_4_lists_without_complaints_say_so(cli: Cli) -> None:
    assert cli.did("complaint", "list").out == "no dossiers\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("case", "mark", NO_CASE, "wrong"), "no mark 'wrong'; one of wrong_number"),
        (("case", "reclassify", NO_CASE, "--reason", "because"), "--class, --units, --not-billable"),
        (("complaint", "decide", NO_CASE, "maybe", "--reason", "because"), "suspend or keep"),
    ],
)
def test_r7_2_r8_4_a_mistake_is_one_line_that_says_what_to_do(cli: Cli, words: tuple[str, ...], said: str) -> None:
    assert said in cli(*words).one_line(2)
