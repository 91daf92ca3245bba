"""A private Asterisk with next to nothing in it: answers, plays, echoes, reads keys, rings one agent.

It exists so that the trial phones are proved without the product, which they will later be used to prove.
"""

import asyncio
import socket
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "var" / "asterisk" / "root"
LIB = ROOT / "usr" / "lib" / "x86_64-linux-gnu"
LOADER = (
    str(ROOT / "lib64" / "ld-linux-x86-64.so.2"),
    "--library-path",
    f"{LIB}:{ROOT / 'lib' / 'x86_64-linux-gnu'}",
    str(ROOT / "usr" / "sbin" / "asterisk"),
)

MODULES = """
res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_timing_timerfd
res_pjsip res_pjsip_pubsub res_pjsip_session res_pjsip_sdp_rtp res_pjsip_registrar res_pjsip_authenticator_digest
res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_caller_id res_pjsip_header_funcs
res_pjsip_nat res_pjsip_dtmf_info res_pjsip_rfc3326 res_rtp_asterisk res_sorcery_realtime
chan_pjsip codec_ulaw format_pcm bridge_simple bridge_softmix pbx_config
app_playback app_echo app_read app_dial app_verbose
func_strings func_channel func_callerid func_logic
"""

EXTENSIONS = """
[trunk]
exten => 100,1,Answer()
 same => n,Playback(prompt)
 same => n,Echo()
exten => 101,1,Answer()
 same => n,Read(keys,prompt,3,,1,5)
 same => n,Verbose(0,KEYS=${keys})
 same => n,Playback(${IF($["${keys}"="132"]?right:wrong)})
 same => n,Hangup()
exten => 102,1,Ringing()
 same => n,Wait(30)
exten => 103,1,Hangup(17)
exten => 104,1,Verbose(0,DIVERSION=${PJSIP_HEADER(read,Diversion)})
 same => n,Verbose(0,CALLER=${CALLERID(num)} ${CALLERID(name)} ${CALLERID(name-pres)})
 same => n,Answer()
 same => n,Wait(1)
 same => n,Hangup()
exten => 105,1,Answer()
 same => n,Playback(prompt)
 same => n,Hangup()
exten => 200,1,Set(CALLERID(name)=Case 7)
 same => n,Dial(PJSIP/agent1,4)
 same => n,Verbose(0,DIAL=${DIALSTATUS} CAUSE=${HANGUPCAUSE})
 same => n,Answer()
 same => n,Playback(wrong)
"""

PJSIP = """
[global]
type=global
endpoint_identifier_order=username,auth_username,ip
[udp]
type=transport
protocol=udp
bind=127.0.0.1:{sip}
[trunk]
type=endpoint
context=trunk
disallow=all
allow=ulaw
trust_id_inbound=yes
direct_media=no
[trunk]
type=identify
endpoint=trunk
match=127.0.0.1
[agent1]
type=aor
max_contacts=1
remove_existing=yes
qualify_frequency=2
[agent1]
type=auth
auth_type=digest
username=agent1
password_digest=MD5:{md5}
password_digest=SHA-256:{sha256}
[agent1]
type=endpoint
context=nowhere
disallow=all
allow=ulaw
aors=agent1
auth=agent1
direct_media=no
rewrite_contact=yes
"""


def free_port() -> int:
    """A UDP port nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class TinyAsterisk:
    """A running instance. `sip` is host:port."""

    home: Path
    sip: str
    child: asyncio.subprocess.Process

    async def cli(self, command: str) -> str:
        """What an Asterisk CLI command prints."""
        child = await asyncio.create_subprocess_exec(
            *LOADER, "-C", str(self.home / "asterisk.conf"), "-rx", command,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        printed, _ = await child.communicate()
        return printed.decode(errors="replace")

    def said(self) -> str:
        """Everything the dialplan said with Verbose so far."""
        return (self.home / "messages").read_text(errors="replace")

    async def stop(self) -> None:
        await self.cli("core stop now")
        await asyncio.wait_for(self.child.wait(), 10)


def write_conf(home: Path, sip: int, rtp: int, digests: dict[str, str]) -> None:
    """The whole configuration, and empty folders, under `home`."""
    for folder in ("sounds/en", "db", "run", "spool", "data"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    places = {
        "astetcdir": home, "astmoddir": LIB / "asterisk" / "modules", "astvarlibdir": home / "data",
        "astdatadir": home / "data", "astdbdir": home / "db", "astkeydir": home / "data", "astrundir": home / "run",
        "astspooldir": home / "spool", "astlogdir": home, "astagidir": home / "data",
    }  # fmt: skip
    (home / "data" / "sounds").symlink_to(home / "sounds")
    documentation = ROOT / "usr" / "share" / "asterisk" / "documentation"
    (home / "data" / "documentation").symlink_to(documentation)
    files = {
        "asterisk.conf": "[directories]\n" + "".join(f"{k} => {v}\n" for k, v in places.items()),
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={m}.so\n" for m in MODULES.split()),
        "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error,verbose\n",
        "rtp.conf": f"[general]\nrtpstart={rtp}\nrtpend={rtp + 98}\n",
        "pjsip.conf": PJSIP.format(sip=sip, **digests),
        "extensions.conf": EXTENSIONS,
    }
    for name, text in files.items():
        (home / name).write_text(text)


async def start(home: Path, digests: dict[str, str]) -> TinyAsterisk:
    """A running Asterisk that answers SIP; `digests` holds `md5` and `sha256` of agent1's password."""
    sip = free_port()
    write_conf(home, sip, 2 * (free_port() // 2 - 100), digests)
    child = await asyncio.create_subprocess_exec(
        *LOADER, "-f", "-C", str(home / "asterisk.conf"),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    asterisk = TinyAsterisk(home, f"127.0.0.1:{sip}", child)
    deadline = asyncio.get_running_loop().time() + 15
    while "fully booted" not in (await asterisk.cli("core waitfullybooted")).lower():
        if asyncio.get_running_loop().time() > deadline or child.returncode is not None:
            raise RuntimeError("the tiny Asterisk did not start: " + asterisk.said()[-2000:])
        await asyncio.sleep(0.05)
    return asterisk
