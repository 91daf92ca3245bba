"""Trunks as a person writes them, and what Asterisk is given."""

from pathlib import Path

import pytest

from smartdesk_pbx.asterisk.render import fill
from smartdesk_pbx.asterisk.trunks import load_trunks, outbound, seed_demo_trunk, trunk_templates, trunk_values
from smartdesk_pbx.errors import Mistakes, RuleBroken
from smartdesk_pbx.settings import share

CARRIER = """
[[trunk]]
name = "carrier"
by = "registration"
server = "sip.example.net:5070"
username = "0311112222"
called_number = "p-called-party-id"
codecs = ["ulaw", "alaw"]
"""


def rendered(home: Path) -> str:
    folder = share("asterisk-conf") / "trunk"
    text = ""
    for trunk in load_trunks(home):
        objects, context = trunk_templates(trunk)
        text += "".join(fill(folder / name, trunk_values(trunk, home)) for name in (*objects, context))
    return text


def test_demo_trunk_is_seeded_once(tmp_path: Path) -> None:
    assert load_trunks(tmp_path) == ()
    assert seed_demo_trunk(tmp_path)
    [demo] = load_trunks(tmp_path)
    assert (demo.name, demo.by, demo.addresses, demo.trust_pai) == ("demo", "address", ("127.0.0.1",), True)
    (tmp_path / "trunks.toml").write_text("")
    assert not seed_demo_trunk(tmp_path)
    assert load_trunks(tmp_path) == ()


def test_by_address(tmp_path: Path) -> None:
    seed_demo_trunk(tmp_path)
    text = rendered(tmp_path)
    assert "match = 127.0.0.1\n" in text
    assert "trust_id_inbound = yes\n" in text and "set_var = SD_TRUST=1\n" in text
    assert "include => inbound" in text
    assert "type = registration" not in text and "@" not in text


def test_by_registration(tmp_path: Path) -> None:
    (tmp_path / "trunks.toml").write_text(CARRIER)
    with pytest.raises(RuleBroken, match="secrets/trunk-carrier"):
        rendered(tmp_path)
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "trunk-carrier"
    secret.write_text("s3cret\n")
    secret.chmod(0o644)
    with pytest.raises(RuleBroken, match="chmod 600"):
        rendered(tmp_path)
    secret.chmod(0o600)
    text = rendered(tmp_path)
    assert "client_uri = sip:0311112222@sip.example.net:5070\n" in text
    assert "password = s3cret\n" in text and "match = sip.example.net\n" in text
    assert "allow = ulaw,alaw\n" in text and "set_var = SD_TRUST=0\n" in text
    assert "${PJSIP_HEADER(read,P-Called-Party-ID)}" in text


OUT = """
[[trunk]]
name = "in"
by = "address"
addresses = ["192.0.2.1"]

[[trunk]]
name = "out"
by = "%s"
addresses = ["192.0.2.2"]
username = "0311112222"
outbound = true
server = "192.0.2.2:5070"
"""


def test_one_trunk_calls_out(tmp_path: Path) -> None:
    (tmp_path / "trunks.toml").write_text(OUT % "address")
    text = rendered(tmp_path)
    before, _, after = text.partition("; ---- trunk out")
    assert "aors" not in before and "aors = trunk-out\n" in after
    assert "contact = sip:192.0.2.2:5070\n" in after and "outbound_auth" not in after
    trunk = outbound(tmp_path)
    assert trunk and (trunk.name, trunk.outbound_numbers) == ("out", "e164")


def test_calls_out_over_a_trunk_by_registration_are_authenticated(tmp_path: Path) -> None:
    (tmp_path / "trunks.toml").write_text(OUT % "registration")
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "trunk-out"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)
    endpoint = rendered(tmp_path).partition("; ---- trunk out")[2].partition("[trunk-out]\ntype = aor")[0]
    assert "outbound_auth = trunk-out\n" in endpoint and "aors = trunk-out\n" in endpoint


def test_no_trunk_calls_out_by_default(tmp_path: Path) -> None:
    assert outbound(tmp_path) is None
    seed_demo_trunk(tmp_path)
    assert outbound(tmp_path) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('server = "192.0.2.2:5070"', ""), "needs server"),
        (('addresses = ["192.0.2.1"]', 'addresses = ["192.0.2.1"]\nserver = "x"\noutbound = true'), "one trunk only"),
        (("outbound = true", 'outbound = true\noutbound_numbers = "local"'), "outbound_numbers"),
    ],
)
def test_mistakes_about_calls_out(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    (tmp_path / "trunks.toml").write_text((OUT % "address").replace(*change))
    with pytest.raises(Mistakes, match=said):
        load_trunks(tmp_path)


@pytest.mark.parametrize("password", ["semi;colon", "back\\slash"])
def test_a_password_that_asterisk_would_misread(tmp_path: Path, password: str) -> None:
    (tmp_path / "trunks.toml").write_text(CARRIER)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "trunk-carrier").write_text(password)
    (tmp_path / "secrets" / "trunk-carrier").chmod(0o600)
    with pytest.raises(RuleBroken, match="cannot read"):
        rendered(tmp_path)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    (tmp_path / "trunks.toml").write_text(
        '[[trunk]]\nname = "a"\nby = "address"\n'
        '[[trunk]]\nname = "b"\nby = "address"\naddresses = ["1.2.3.4"]\ncalled_number = "from"\nfoo = 1\n'
        '[[trunk]]\nname = "c"\nby = "address"\naddresses = ["1.2.3.999"]\n'
        '[[trunk]]\nname = "d"\nby = "address"\naddresses = ["x\\ny = z"]\n'
        '[[trunk]]\nname = "e"\nby = "address"\naddresses = ["192.0.2.0/24"]\n'
        '[[trunk]]\nname = "e"\nby = "address"\naddresses = ["192.0.3.0/24"]\n'
    )
    with pytest.raises(Mistakes) as caught:
        load_trunks(tmp_path)
    text = str(caught.value)
    for part in ("1", "2.called_number", "2.foo", "3.addresses", "4.addresses", "6: a second trunk named 'e'"):
        assert f"trunk {part}" in text, text
    assert "trunk 5" not in text


@pytest.mark.parametrize("text", ["trunk = 3", "[[trunk]", "[other]\nx = 1"])
def test_not_a_trunk_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "trunks.toml").write_text(text)
    with pytest.raises(RuleBroken, match=r"trunks\.toml"):
        load_trunks(tmp_path)
