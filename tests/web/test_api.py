"""The daemon's HTTP API: who may ask, what comes back, what a mistake looks like."""

import os
from pathlib import Path

import pytest

from smartdesk_pbx import metrics
from smartdesk_pbx.errors import EdgeDown, RuleBroken
from smartdesk_pbx.web.api import Api
from tests.web.conftest import Desk

PLAN = (Path(__file__).parents[2] / "smartdesk_pbx" / "contract" / "standard_plan.yaml").read_text("utf-8")


async def test_without_the_token_nothing_is_told_and_nothing_done(desk: Desk) -> None:
    for token in ("", "wrong", "ü"):
        assert await desk.ask("plan.add", {"text": PLAN}, token=token) == (401, {"error": "Unauthorized"})
    assert await desk.ask("plan.list") == (200, [])


async def test_a_write_is_stored_and_the_daemon_is_told_before_the_answer(desk: Desk) -> None:
    status, answer = await desk.ask("plan.add", {"text": PLAN, "file": "standard.yaml"})
    assert (status, answer["plan"], answer["rules_version"]) == (200, "standard", "standard-3")
    assert desk.writes == ["refreshed"]
    status, plans = await desk.ask("plan.list")
    assert [plan["plan"] for plan in plans] == ["standard"]
    assert desk.writes == ["refreshed"], "a read is followed by nothing"


async def test_a_write_that_is_stored_is_no_failure_when_asterisk_is_away(desk: Desk) -> None:
    desk.edge = EdgeDown("Asterisk is away")
    assert (await desk.ask("plan.add", {"text": PLAN}))[0] == 200


async def test_mistakes_are_422_in_words_that_name_the_field(desk: Desk) -> None:
    assert await desk.ask("number.add", {"number": "0312345001"}) == (422, {"error": "contract: is needed"})
    status, answer = await desk.ask("case.list", {"limit": 0})
    assert status == 422
    assert answer["error"].startswith("limit: ")
    status, answer = await desk.ask("subscriber.add", {"subscriber": "Not A Slug", "name": "x", "bogus": 1})
    assert status == 422
    assert "subscriber: a short name is needed" in answer["error"]
    assert "bogus: " in answer["error"]
    status, answer = await desk.ask("plan.add", {"text": "plan: [", "file": "p.yaml"})
    assert status == 422
    assert answer["error"].startswith("p.yaml:1: ")
    assert await desk.ask("no.such") == (422, {"error": "no.such: no such operation"})
    assert (await desk.ask("plan.list", [1]))[0] == 422
    assert desk.writes == []


async def test_a_body_that_is_no_json_is_422(desk: Desk) -> None:
    word = {"Authorization": f"Bearer {desk.office.keys.http_token}"}
    async with desk.http.post(f"http://{desk.where}/v1/plan/list", data=b"{", headers=word) as answer:
        assert (answer.status, await answer.json()) == (422, {"error": "the body is not JSON"})


async def test_live_operations_are_the_daemons(desk: Desk) -> None:
    assert await desk.ask("call.list") == (200, [{"call_id": "c1"}])
    assert await desk.ask("call.show", {"call": "gone"}) == (422, {"error": "no call gone"})
    assert await desk.ask("call.show", {"call": "c1"}) == (503, {"error": "Asterisk is away"})
    assert await desk.ask("call.show", {}) == (422, {"error": "call: is needed"})
    assert await desk.ask("agent.offline", {"agent": "a"}) == (503, {"error": "agent.offline needs a running daemon"})


async def test_what_the_daemon_knows_better_than_the_store_it_answers_itself(desk: Desk) -> None:
    """A read comes from the daemon where it gives one; a write never does."""
    assert await desk.ask("agent.list") == (200, [])
    desk.live |= {"agent.list": desk.live["call.list"], "plan.add": desk.live["call.list"]}
    assert await desk.ask("agent.list") == (200, [{"call_id": "c1"}])
    assert (await desk.ask("agent.list", {"bogus": 1}))[0] == 422
    assert (await desk.ask("plan.add", {"text": PLAN}))[1]["plan"] == "standard"


async def test_a_defect_is_500_and_tells_nothing_of_its_inside(desk: Desk) -> None:
    status, answer = await desk.ask("agent.ready", {"agent": "a"})
    assert status == 500
    assert "Zero" not in answer["error"]


async def test_health_names_the_parts_without_a_token(desk: Desk) -> None:
    async with desk.http.get(f"http://{desk.where}/healthz") as answer:
        assert answer.status == 200
        said = {"daemon": "ok", "pid": os.getpid(), "node": "n1", "database": "ok", "asterisk": "ok"}
        assert await answer.json() == said
    desk.state["asterisk"] = "away"
    async with desk.http.get(f"http://{desk.where}/healthz") as answer:
        assert answer.status == 503
        assert (await answer.json())["asterisk"] == "away"


async def test_metrics_count_alarms_and_calls_and_tell_how_it_stands_now(desk: Desk) -> None:
    under_way: list[str] = []
    metrics.watch(
        calls_under_way=lambda: len(under_way), writer_depth=lambda: 7, asterisk_connected=lambda: bool(under_way)
    )
    metrics.alarm("tested")
    metrics.alarm("tested")
    metrics.call_ended("tested")
    quiet = await metrics_of(desk)
    assert {'smartdesk_alarms_total{alarm="tested"} 2.0', 'smartdesk_calls_total{outcome="tested"} 1.0'} <= {*quiet}
    assert {"smartdesk_calls_under_way 0.0", "smartdesk_writer_depth 7.0"} <= {*quiet}
    assert "smartdesk_asterisk_connected 0.0" in quiet
    under_way.append("a call")
    busy = await metrics_of(desk)
    assert {"smartdesk_calls_under_way 1.0", "smartdesk_asterisk_connected 1.0"} <= {*busy}


async def metrics_of(desk: Desk) -> list[str]:
    async with desk.http.get(f"http://{desk.where}/metrics") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        return (await answer.text()).splitlines()


@pytest.mark.parametrize("where", ["0.0.0.0:0", "127.0.0.1", "127.0.0.1:x", "example.net:80"])
async def test_it_listens_on_loopback_only(desk: Desk, where: str) -> None:
    with pytest.raises(RuleBroken, match="loopback"):
        await Api(desk.office).start(where)


async def test_a_taken_port_is_one_clear_line(desk: Desk) -> None:
    with pytest.raises(RuleBroken, match="cannot listen there"):
        await Api(desk.office).start(desk.where)
