"""Names of the sound files that are made for one call."""

import re
from uuid import UUID, uuid4

from smartdesk_pbx.asterisk.own_sounds import MOST, OwnSounds


def test_names_fit_into_an_extension_and_all_of_them_are_known() -> None:
    sounds = OwnSounds(uuid4())
    assert sounds.names() == []
    made = [sounds.new() for _ in range(3)]
    assert all(re.fullmatch(r"[a-z0-9]{8}", name) for name in made) and len(set(made)) == 3
    assert sorted(sounds.names()) == sorted(made)


def test_the_next_one_takes_the_place_of_the_first() -> None:
    sounds = OwnSounds(UUID(int=7))
    made = [sounds.new() for _ in range(MOST + 1)]
    assert made[MOST] == made[0] and len(set(made)) == MOST == len(sounds.names())


def test_those_of_an_earlier_daemon_are_known_too() -> None:
    """Whatever it made of the same call has one of these names, and new ones follow."""
    before, after = OwnSounds(UUID(int=7)), OwnSounds(UUID(int=7))
    made = {before.new() for _ in range(4)}
    after.others_too()
    assert made <= set(after.names())
    after.new()
    assert made <= set(after.names())


def test_calls_do_not_share_names() -> None:
    assert len({OwnSounds(uuid4()).new() for _ in range(2000)}) == 2000
