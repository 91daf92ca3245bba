"""SIP by hand over UDP: a message is sent, the first final answer comes back. Enough to try an Asterisk's doors."""

import re
import socket
import uuid
from hashlib import md5

from smartdesk_pbx.asterisk.ports import Ports


def ask(
    ports: Ports, method: str, user: str, *, source: str = "127.0.0.1", headers: str = "", from_user: str = "0901",
    to: str | None = None, cseq: int = 1,
) -> tuple[int, str]:  # fmt: skip
    """Status and text of the first final answer to one request from this source address; a refusal is acknowledged."""
    with socket.socket(type=socket.SOCK_DGRAM) as wire:
        wire.bind((source, 0))
        wire.settimeout(5)
        here = f"{source}:{wire.getsockname()[1]}"
        target = f"sip:{user}@{ports.sip_address}"
        branch, call_id = f"z9hG4bK{uuid.uuid4().hex}", uuid.uuid4().hex
        body = f"v=0\r\no=- 1 1 IN IP4 {source}\r\ns=-\r\nc=IN IP4 {source}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
        body = body if method == "INVITE" else ""
        top = (
            f"Via: SIP/2.0/UDP {here};branch={branch}\r\nMax-Forwards: 70\r\nCall-ID: {call_id}\r\n"
            f"From: <sip:{from_user}@{source}>;tag=1\r\n"
        )
        message = (
            f"{method} {target} SIP/2.0\r\n{top}To: {to or f'<{target}>'}\r\nCSeq: {cseq} {method}\r\n"
            f"Contact: <sip:{from_user}@{here}>\r\n{headers}"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        wire.sendto(message.encode(), (ports.sip_host, ports.sip))
        while True:
            answer = wire.recv(65536).decode()
            status = int(answer.split(" ", 2)[1])
            if status >= 200:
                break
        if method == "INVITE":
            tagged = re.search(r"(?mi)^To: (.*)\r$", answer)
            assert tagged
            ack = f"ACK {target} SIP/2.0\r\n{top}To: {tagged[1]}\r\nCSeq: {cseq} ACK\r\nContent-Length: 0\r\n\r\n"
            wire.sendto(ack.encode(), (ports.sip_host, ports.sip))
        return status, answer


def register(ports: Ports, user: str, password: str, source: str = "127.0.0.1") -> tuple[int, str]:
    """Register with a digest, as a softphone does: status of the second answer, and the realm that was asked for."""
    me = f"<sip:{user}@{ports.sip_address}>"
    status, answer = ask(ports, "REGISTER", "x", source=source, from_user=user, to=me)
    assert status == 401, answer
    asked = dict(re.findall(r'(\w+)="([^"]*)"', answer[answer.index("WWW-Authenticate") :]))
    uri = f"sip:x@{ports.sip_address}"
    ha1 = _hash(f"{user}:{asked['realm']}:{password}")
    answered = _hash(f"{ha1}:{asked['nonce']}:00000001:c:auth:{_hash(f'REGISTER:{uri}')}")
    headers = (
        f'Authorization: Digest username="{user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", uri="{uri}", '
        f'response="{answered}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", '
        f'opaque="{asked.get("opaque", "")}"\r\n'
    )
    return ask(ports, "REGISTER", "x", source=source, from_user=user, to=me, headers=headers, cseq=2)[0], asked["realm"]


def _hash(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
