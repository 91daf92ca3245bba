"""Ports are chosen free, remembered, and used again while they are free."""

import socket
from pathlib import Path

import pytest

from smartdesk_pbx.asterisk.ports import choose_ports, load_ports
from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.settings import Settings


def test_remembered_while_free(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, sip="127.0.0.1:0")
    assert load_ports(settings) is None
    first = choose_ports(settings)
    assert load_ports(settings) == first == choose_ports(settings)
    assert first.rtp_first % 2 == 0 and first.rtp_last - first.rtp_first == 1999
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", first.ari))
        busy.listen()
        second = choose_ports(settings)
    assert second.ari != first.ari
    assert (second.sip, second.ami, second.rtp_first) == (first.sip, first.ami, first.rtp_first)


def test_a_busy_sound_port_moves_the_block(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, sip="127.0.0.1:0")
    first = choose_ports(settings)
    with socket.socket(type=socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", first.rtp_last))
        assert choose_ports(settings).rtp_first != first.rtp_first


def test_as_many_sound_ports_as_are_set(tmp_path: Path) -> None:
    few = choose_ports(Settings(home=tmp_path, sip="127.0.0.1:0"))
    many = choose_ports(Settings(home=tmp_path, sip="127.0.0.1:0", rtp_ports=4000))
    assert (few.rtp_last - few.rtp_first + 1, many.rtp_last - many.rtp_first + 1) == (2000, 4000)
    assert load_ports(Settings(home=tmp_path)) == many


def test_a_taken_sip_port_is_said(tmp_path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", 0))
        port = busy.getsockname()[1]
        with pytest.raises(RuleBroken, match=f"127.0.0.1:{port} .*--sip"):
            choose_ports(Settings(home=tmp_path, sip=f"127.0.0.1:{port}"))


@pytest.mark.parametrize("sip", ["5060", ":5060", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"])
def test_not_an_address(tmp_path: Path, sip: str) -> None:
    with pytest.raises(RuleBroken, match="HOST:PORT"):
        choose_ports(Settings(home=tmp_path, sip=sip))
