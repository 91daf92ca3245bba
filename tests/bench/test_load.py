"""What sipp's trace tells, and what sipp, the twin and the flows are given."""

import re
import socket
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from smartdesk_pbx.bench import load, scene, twin
from smartdesk_pbx.bench.board import NUMBERS
from smartdesk_pbx.bench.flow import Flow, Stretch
from smartdesk_pbx.bench.load import Dialled, dialled
from smartdesk_pbx.bench.sounds import LANGUAGE, PROMPTS_S
from smartdesk_pbx.errors import EdgeDown
from smartdesk_pbx.flow.load import load as load_flow
from smartdesk_pbx.flow.nodes import Escalate, Hangup, Menu
from smartdesk_pbx.trial.sipp import HOST, free_ports
from smartdesk_pbx.trial.trace import SipMessage

FLOWS = Path(scene.__file__).parent / "flows"


def message(at: float, sent: bool, first: str, about: str, body: str = "", call: str = "a") -> SipMessage:
    return SipMessage(at, sent, f"{first}\r\nCall-ID: {call}\r\nCSeq: 1 {about}\r\n\r\n{body}")


INVITE = "INVITE sip:1@h SIP/2.0"
SDP = "v=0\r\nm=audio 20002 RTP/AVP 0 101\r\n"


def test_an_answered_call() -> None:
    trace = [message(1.0, True, INVITE, "INVITE"), message(1.25, False, "SIP/2.0 200 OK", "INVITE", SDP)]
    [found] = dialled(trace)
    assert found == Dialled("a", 1.0, 1.25, 20002)
    assert found.post_dial_ms == 250


def test_repeats_do_not_count() -> None:
    trace = [
        message(1.0, True, INVITE, "INVITE"),
        message(1.5, True, INVITE, "INVITE"),
        message(1.6, False, "SIP/2.0 200 OK", "INVITE", SDP),
        message(2.1, False, "SIP/2.0 200 OK", "INVITE", SDP),
        message(3.0, False, "SIP/2.0 200 OK", "BYE"),
    ]
    assert dialled(trace) == [Dialled("a", 1.0, 1.6, 20002)]


def test_a_refused_call_is_not_answered() -> None:
    trace = [message(1.0, True, INVITE, "INVITE"), message(1.1, False, "SIP/2.0 503 No", "INVITE")]
    assert dialled(trace) == []


def test_the_first_prompt_is_the_calls_own() -> None:
    """A port serves one call after another."""
    flows = [Flow(20002, [Stretch(s * 1_000_000_000, s * 1_000_000_000)]) for s in (5, 1)]
    calls = [Dialled("a", 0.5, 0.6, 20002), Dialled("b", 4.75, 4.8, 20002), Dialled("c", 9.0, 9.1, 20002)]
    assert scene.first_prompts_ms(calls, flows) == [500.0, 250.0]


@pytest.mark.parametrize("they_hang_up", [True, False])
def test_a_callers_scenario_is_whole(tmp_path: Path, they_hang_up: bool) -> None:
    steps = list(ET.parse(load._caller(tmp_path, they_hang_up=they_hang_up)).getroot())
    byes = [n for n, step in enumerate(steps) if step.get("request") == "BYE" or "BYE [next" in (step.text or "")]
    assert len(byes) == 1
    assert steps[byes[0]].tag == ("recv" if they_hang_up else "send")


@pytest.mark.parametrize("name", [name for name in NUMBERS if name != "held"])
def test_the_twin_plays_what_the_flow_plays(name: str) -> None:
    tree = load_flow(FLOWS / f"{name}.yaml", known_prompts={LANGUAGE: {*PROMPTS_S, "no-key", "wrong-key"}})
    text = (twin.DIALPLAN / "twin.conf").read_text()
    assert f"exten => {NUMBERS[name]},1,Goto({name},s,1)" in text
    context = text.partition(f"\n[{name}]\n")[2].partition("\n[")[0]
    asked = [node.prompts[0] for node in tree.nodes.values() if isinstance(node, Menu)]
    assert re.findall(r"Read\(KEY,([a-z-]+),1,t,1,5\)", context) == asked
    if person := next((node for node in tree.nodes.values() if isinstance(node, Escalate)), None):
        assert f"A(whisper:{person.prompts[0]})" in context
    else:
        last = next(node for node in tree.nodes.values() if isinstance(node, Hangup))
        assert re.findall(r"Playback\(([a-z-]+)\)", context) == list(last.prompts)


async def test_a_port_that_is_taken_by_now_is_another_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        mine = taken.getsockname()[1]
        offered = iter([[mine, *free_ports(1)], free_ports(2)])
        monkeypatch.setattr(load, "free_ports", lambda _: next(offered))
        async with load.phones(f"{HOST}:{mine}", {"phone0": "x"}, 4):
            taken.settimeout(5)
            assert taken.recv(2000).startswith(b"REGISTER ")


async def test_no_port_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        mine = taken.getsockname()[1]
        monkeypatch.setattr(load, "free_ports", lambda _: [mine, *free_ports(1)])
        with pytest.raises(EdgeDown, match=r"sipp: .*Unable to bind main socket.*Address already in use"):
            await load.call(f"{HOST}:{mine}", "0312345001", calls=1, per_s=1, wire_port=4)


async def test_a_sipp_that_breaks_off_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "caller.xml").write_text("<scenario/>")
    monkeypatch.setattr(load, "_caller", lambda folder, they_hang_up: tmp_path / "caller.xml")
    with pytest.raises(EdgeDown, match=r"sipp ended with status \d+: .*scenario"):
        await load.call(f"{HOST}:9", "0312345001", calls=1, per_s=1, wire_port=4)
