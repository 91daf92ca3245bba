"""R3: whom a contract's calls may reach outside; nothing is allowed that is not listed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartdesk_pbx.contract.destinations import allowed, check_destination, check_lookup, host_of, is_loopback
from smartdesk_pbx.contract.settings import ServiceSettings, effective
from smartdesk_pbx.errors import Mistakes, RuleBroken


@pytest.mark.parametrize(
    ("number", "prefixes", "may"),
    [
        ("+819012345678", ["+8190"], True),
        ("+819012345678", ["+8180", "+8190"], True),
        ("+818012345678", ["+8190"], False),
        ("+81312345678", ["+81"], True),
        ("+12125550100", ["+81"], False),
        ("+819012345678", [], False),
        ("+819012345678", [""], False),
        ("819012345678", ["+8190", "8190"], False),
        ("09012345678", ["+81"], False),
        ("+8190123a5678", ["+8190"], False),
        ("+8190;phone-context=x", ["+8190"], False),
        ("", ["+8190"], False),
        ("+", ["+"], False),
        ("+8190١٢٣٤٥٦٧٨", ["+8190"], False),
        ("+8190123456789012", ["+8190"], False),
    ],
)
def test_a_number_is_allowed_by_its_beginning(number: str, prefixes: list[str], may: bool) -> None:
    assert allowed(number, prefixes) is may


@given(st.text(max_size=20), st.lists(st.from_regex(r"^\+[1-9][0-9]{0,14}$", fullmatch=True), max_size=4))
def test_no_text_gets_out_but_a_number_that_begins_as_listed(text: str, prefixes: list[str]) -> None:
    if allowed(text, prefixes):
        assert text[0] == "+" and set(text[1:]) <= set("0123456789") and text.startswith(tuple(prefixes))


def test_by_default_nobody_is_rung_and_the_message_tells_no_number() -> None:
    with pytest.raises(RuleBroken, match="allowed_destinations are none") as raised:
        check_destination("+819012345678", ServiceSettings())
    assert "12345678" not in str(raised.value)
    check_destination("+819012345678", ServiceSettings(allowed_destinations=("+8190",)))


def test_the_contract_overrides_the_plan() -> None:
    plan = {"allowed_destinations": ["+81"]}
    assert allowed("+81312345678", effective(plan, {}).allowed_destinations)
    assert not allowed("+81312345678", effective(plan, {"allowed_destinations": ["+8190"]}).allowed_destinations)


HTTPS = ServiceSettings(lookup_hosts=("crm.example", "Other.example:8443"))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://crm.example/x", "crm.example"),
        ("https://CRM.example:443/x", "crm.example"),
        ("https://other.example:8443", "other.example:8443"),
    ],
)
def test_listed_hosts_may_be_asked(url: str, host: str) -> None:
    assert check_lookup(url, HTTPS) == host


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://crm.example.evil/x", "may not be asked"),
        ("https://crm.example:8443/x", "may not be asked"),
        ("https://other.example/x", "may not be asked"),
        ("https://x@evil.example/", "may not be asked"),
        ("http://crm.example/x", "only https"),
        ("ftp://crm.example/x", "no address"),
        ("https:///x", "no address"),
        ("https://crm.example:port/", "no address"),
        ("crm.example", "no address"),
    ],
)
def test_anything_else_is_refused(url: str, said: str) -> None:
    with pytest.raises(RuleBroken, match=said):
        check_lookup(url, HTTPS)


def test_http_is_for_this_very_host() -> None:
    hosts = ServiceSettings(lookup_hosts=("127.0.0.1:9000", "localhost"))
    assert check_lookup("http://127.0.0.1:9000/x", hosts) == "127.0.0.1:9000"
    assert check_lookup("http://localhost:80/x", hosts) == "localhost"
    with pytest.raises(RuleBroken):
        check_lookup("http://127.0.0.1:9001/x", hosts)


def test_by_default_nothing_is_asked() -> None:
    with pytest.raises(RuleBroken, match="lookup_hosts are none"):
        check_lookup("https://crm.example/", ServiceSettings())


@pytest.mark.parametrize(("host", "own"), [("127.0.0.1", True), ("127.9.9.9:80", True), ("localhost:1", True),
                                           ("192.0.2.1", False), ("localhost.example", False)])  # fmt: skip
def test_this_very_host(host: str, own: bool) -> None:
    assert is_loopback(host) is own


def test_a_host_with_its_usual_port_is_without() -> None:
    assert [host_of(url) for url in ("https://A.b:443", "http://a.b:80/x", "http://a.b:443")] == [
        "a.b",
        "a.b",
        "a.b:443",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("allowed_destinations", "8190"),
        ("allowed_destinations", "+0"),
        ("allowed_destinations", "+"),
        ("allowed_destinations", "+81 90"),
        ("lookup_hosts", "https://crm.example"),
        ("lookup_hosts", "crm.example/"),
        ("lookup_hosts", "user@crm.example"),
        ("lookup_hosts", "crm.example:0"),
        ("lookup_hosts", ""),
    ],
)
def test_settings_that_would_not_mean_what_was_written(name: str, value: str) -> None:
    with pytest.raises(Mistakes, match=name):
        effective({}, {name: [value]})
