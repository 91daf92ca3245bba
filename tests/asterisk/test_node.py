"""A private Asterisk as `smartdesk dev` starts it: real, with its own ports, its doors tried from outside."""

import asyncio
import csv
import re
import stat
import subprocess
from collections.abc import AsyncIterator
from hashlib import md5
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio

from smartdesk_pbx.asterisk import binary
from smartdesk_pbx.asterisk.node import REALM, Node, find_asterisk, load_ports
from smartdesk_pbx.asterisk.provision import Phone, objects
from smartdesk_pbx.asterisk.render import fill
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.keys import load_keys
from smartdesk_pbx.settings import Settings, share
from tests.asterisk.wire import ask, register

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIALPLAN = """
; of @APP@
[arrive]
exten => _[+0-9]!,1,Set(CHANNEL(accountcode)=${UUID()}${EXTEN})
 same => n,Set(CALLERID(num)=${CALLERID(num)}/${SD_TRUST})
 same => n,Hangup(17)
"""
TRUNKS = """
[[trunk]]
name = "demo"
by = "address"
addresses = ["127.0.0.1"]
trust_pai = true
[[trunk]]
name = "by-to"
by = "address"
addresses = ["127.0.0.2"]
called_number = "to"
[[trunk]]
name = "by-pcpid"
by = "address"
addresses = ["127.0.0.3"]
called_number = "p-called-party-id"
"""


def made(home: Path, dialplan: str = DIALPLAN) -> Node:
    (home / "dialplans").mkdir(parents=True, exist_ok=True)
    (home / "dialplans" / "test.conf").write_text(dialplan)
    (home / "sounds" / "hold").mkdir(parents=True, exist_ok=True)
    (home / "sounds" / "hold" / "hold.ulaw").write_bytes(b"\xff" * 8000)
    return Node(Settings(home=home, sip="127.0.0.1:0"), load_keys(home), dialplans=home / "dialplans")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    home = tmp_path_factory.mktemp("node")
    (home / "trunks.toml").write_text(TRUNKS)
    one = made(home)
    one.prepare()
    await one.start()
    yield one
    await one.stop()
    assert one.pid is None


def rows(node: Node) -> list[list[str]]:
    file = node.settings.cdr_file
    return list(csv.reader(file.read_text().splitlines())) if file.exists() else []


async def row_of(node: Node, number: str, before: int) -> list[str]:
    async with asyncio.timeout(5):
        while not (found := [row for row in rows(node)[before:] if row[1] == number]):
            await asyncio.sleep(0.02)
    return found[0]


async def test_starts_without_a_word_of_complaint(node: Node) -> None:
    log = (node.settings.asterisk_dir / "log" / "messages.log").read_text()
    assert [line for line in log.splitlines() if "ERROR" in line or "WARNING" in line] == []
    assert node.settings.app_name in (node.settings.asterisk_dir / "etc/dialplan/test.conf").read_text()


async def test_cli_command_takes_a_command_as_its_last_argument(node: Node) -> None:
    answer = subprocess.check_output(f"{node.cli_command} 'core show version'", shell=True, text=True)
    assert answer.startswith("Asterisk ")
    assert "UUID()" in await node.cli("core show function UUID")


async def test_ari_answers_with_the_password_only(node: Node) -> None:
    async with aiohttp.ClientSession() as http:
        for password, status in ((node.keys.ari_password, 200), ("wrong", 401)):
            headers = {"Authorization": aiohttp.encode_basic_auth("smartdesk", password)}
            async with http.get(f"{node.ari_url}/asterisk/info", headers=headers) as answer:
                assert answer.status == status
                if status == 200:
                    assert (await answer.json())["status"]
        async with http.get(f"http://127.0.0.1:{node.ports.ari}/httpstatus") as answer:
            assert answer.status == 404


async def test_ami_answers(node: Node) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", node.ports.ami)
    assert (await reader.readline()).startswith(b"Asterisk Call Manager")
    writer.write(f"Action: Login\r\nUsername: smartdesk\r\nSecret: {node.keys.ami_password}\r\n\r\n".encode())
    assert b"Success" in await asyncio.wait_for(reader.readline(), 5)
    for action, answer in (
        ("Ping", b"Success"),
        ("PlayDTMF\r\nChannel: PJSIP/none\r\nDigit: 1", b"Channel not found"),
        ("Command\r\nCommand: core show version", b"Permission denied"),
        ("Originate\r\nChannel: Local/1@arrive\r\nApplication: Wait", b"Permission denied"),
        ("CoreStatus", b"Permission denied"),
    ):
        writer.write(f"Action: {action}\r\nActionID: {action.split()[0]}\r\n\r\n".encode())
        async with asyncio.timeout(5):
            said = await reader.readuntil(b"\r\n\r\n")
            while f"ActionID: {action.split()[0]}".encode() not in said:
                said = await reader.readuntil(b"\r\n\r\n")
        assert answer in said, (action, said)
    writer.close()


async def test_an_agent_is_pushed_as_a_digest_and_registers_from_the_trunks_address(node: Node) -> None:
    digest = md5(f"agent1:{REALM}:secret".encode(), usedforsecurity=False).hexdigest()
    headers = {"Authorization": aiohttp.encode_basic_auth("smartdesk", node.keys.ari_password)}
    async with aiohttp.ClientSession(headers=headers) as http:
        for kind, fields in objects(Phone("agent1", digest, ""), REALM):
            if kind == "aor":
                fields["qualify_frequency"] = "0"  # the socket that registers here answers nothing
            body = {"fields": [{"attribute": name, "value": value} for name, value in fields.items()]}
            async with http.put(f"{node.ari_url}/asterisk/config/dynamic/res_pjsip/{kind}/agent1", json=body) as answer:
                assert answer.status == 200, await answer.text()
    assert await asyncio.to_thread(register, node.ports, "agent1", "secret") == (200, REALM)
    assert (await asyncio.to_thread(register, node.ports, "agent1", "wrong"))[0] == 401
    assert "agent1" in await node.cli("pjsip show contacts")
    assert re.search(r"allow_transfer +: false", await node.cli("pjsip show endpoint agent1"))


async def test_only_numbers_of_the_plan_enter(node: Node) -> None:
    for user in ("0312345001", "09012345678", "+81312345001", "+819012345678"):
        before = len(rows(node))
        assert (await asyncio.to_thread(ask, node.ports, "INVITE", user))[0] == 486
        assert UUID((await row_of(node, user, before))[0])
    for user in ("110", "031234500", "031234500123", "+12025550100", "arrive", "s", "agent1"):
        assert (await asyncio.to_thread(ask, node.ports, "INVITE", user))[0] == 404, user


async def test_strangers_do_not_get_in(node: Node) -> None:
    before = len(rows(node))
    assert (await asyncio.to_thread(ask, node.ports, "INVITE", "0312345001", source="127.0.0.9"))[0] == 401
    assert len(rows(node)) == before


@pytest.mark.parametrize(
    ("source", "to", "headers"),
    [
        ("127.0.0.2", "<sip:{n}@carrier.example>", ""),
        ("127.0.0.2", '"110, ${EXTEN} (1)" <sip:{n}@carrier.example;user=phone>', ""),
        ("127.0.0.3", None, "P-Called-Party-ID: <sip:{n}@carrier.example>\r\n"),
    ],
)
async def test_called_number_in_a_header(node: Node, source: str, to: str | None, headers: str) -> None:
    number, before = "0312345099", len(rows(node))
    to = to and to.replace("{n}", number)
    headers = headers.replace("{n}", number)
    answer = await asyncio.to_thread(ask, node.ports, "INVITE", "account7", source=source, to=to, headers=headers)
    assert answer[0] == 486
    assert (await row_of(node, number, before))[2].split("/")[1] == "0"


@pytest.mark.parametrize("to", ["<sip:110@x>", "<sip:carrier.example>", '"0312345001" <sip:nobody@x>', "<sip:h@x>"])
async def test_an_unreadable_header_is_404(node: Node, to: str) -> None:
    before = len(rows(node))
    assert (await asyncio.to_thread(ask, node.ports, "INVITE", "account7", source="127.0.0.2", to=to))[0] == 404
    assert [row for row in rows(node)[before:] if row[1]] == []


@pytest.mark.parametrize(("source", "shown"), [("127.0.0.1", "0399990000/1"), ("127.0.0.2", "0901/0")])
async def test_asserted_identity_counts_only_from_a_trusted_trunk(node: Node, source: str, shown: str) -> None:
    number, before = "0312345001", len(rows(node))
    identity = "P-Asserted-Identity: <sip:0399990000@x>\r\n"
    answer = await asyncio.to_thread(ask, node.ports, "INVITE", number, source=source, headers=identity)
    assert answer[0] == 486
    assert (await row_of(node, number, before))[2] == shown


async def test_r2_2_an_asserted_identity_is_gathered_only_from_a_trusted_trunk(tmp_path: Path) -> None:
    """R2.2, on the real first context; what it gathered is read from the call record instead of by the daemon."""
    (tmp_path / "trunks.toml").write_text(TRUNKS)
    text = (share("dialplans") / "extensions.conf").read_text("utf-8")
    daemon = next(line for line in text.splitlines() if "Stasis(@APP@,in," in line)
    told = " same => n,Set(CALLERID(num)=${SD_SIGNALLED})\n same => n,Hangup(17)"
    node = made(tmp_path, text.replace(daemon, told))
    node.prepare()
    await node.start()
    headers = "P-Asserted-Identity: a\r\nDiversion: b\r\n"  # a call record keeps 80 characters of a number
    trusted = {"127.0.0.1": ["P-Asserted-Identity"], "127.0.0.2": []}
    for source, first in trusted.items():
        before, number = len(rows(node)), "0312345001"
        to = f"<sip:{number}@x>"
        await asyncio.to_thread(ask, node.ports, "INVITE", number, source=source, to=to, headers=headers)
        gathered = [part.split(":")[0] for part in (await row_of(node, number, before))[2].split("|")]
        assert gathered[: len(first) + 2] == [*first, "Diversion", "Call-ID"], source
    await node.stop()


async def test_nothing_is_open_to_others(node: Node) -> None:
    assert rows(node), "the earlier calls left rows"
    for path in node.settings.asterisk_dir.rglob("*"):
        if not path.is_symlink() and not path.is_socket():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_a_home_has_one_asterisk(node: Node) -> None:
    with pytest.raises(RuleBroken, match="in use"):
        Node(node.settings, node.keys).prepare()


async def test_stopped_and_started_on_the_same_ports_and_an_orphan_is_ended(tmp_path: Path) -> None:
    node = made(tmp_path)
    node.prepare()
    await node.start()
    ports, pid = node.ports, node.pid
    assert load_ports(node.settings) == ports
    node._release_home()  # what the kernel does for a supervisor that was killed
    again = made(tmp_path)
    await asyncio.gather(asyncio.to_thread(again.prepare), node.wait())
    assert again.ports == ports
    await again.start()
    assert again.pid not in (None, pid)
    await again.stop()
    await again.stop()
    assert again.pid is None and not list((tmp_path / "asterisk/run").glob("*.ctl"))


async def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    node = made(tmp_path)
    node.prepare()
    etc = tmp_path / "asterisk/etc/modules.conf"
    etc.write_text(etc.read_text() + "require = res_nowhere.so\n")
    with pytest.raises(EdgeDown, match="res_nowhere"):
        await node.start()
    assert node.pid is None


async def test_a_deep_home_starts_too(tmp_path: Path) -> None:
    node = made(tmp_path / ("d" * 60) / ("e" * 60))
    node.prepare()
    await node.start()
    assert "Asterisk" in await node.cli("core show version")
    await node.stop()


async def test_a_home_that_asterisk_cannot_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleBroken, match="--home"):
        made(tmp_path / "semi;colon").prepare()


async def test_an_unknown_placeholder_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.conf").write_text("one\n@APP@ and @NOPE@\n")
    with pytest.raises(RuleBroken, match=r"x\.conf:2: nothing fills @NOPE@"):
        fill(tmp_path / "x.conf", {"APP": "a"})


async def test_no_asterisk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "PACKAGE", tmp_path / "package")
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(RuleBroken, match=r"^no Asterisk 22.4 or newer: run `make asterisk`[^\n]*$"):
        find_asterisk(Settings(home=tmp_path, asterisk_root=tmp_path))
    old = tmp_path / "root/usr/sbin"
    old.mkdir(parents=True)
    for folder in ("usr/lib/x-linux-gnu/asterisk/modules", "usr/share/asterisk/documentation", "lib64"):
        (tmp_path / "root" / folder).mkdir(parents=True)
    (old / "asterisk").write_text("")
    for version, found in (("20.5.0", False), ("22.3.9", False), ("22.4.0", True), ("23.1.0", True)):
        loader = tmp_path / "root/lib64/ld-linux-x.so.2"
        loader.write_text(f"#!/bin/sh\necho 'Asterisk {version}'\n")
        loader.chmod(0o755)
        settings = Settings(home=tmp_path, asterisk_root=tmp_path / "root")
        if found:
            assert find_asterisk(settings).root == tmp_path / "root"
        else:
            with pytest.raises(RuleBroken):
                find_asterisk(settings)
