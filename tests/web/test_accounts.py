"""R5: signing in over the daemon's HTTP, as a person's program would."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select, text

from smartdesk_pbx.contract.access import Role
from smartdesk_pbx.contract.month import tokyo_date
from smartdesk_pbx.office.registry import perform
from smartdesk_pbx.store import account as table
from smartdesk_pbx.store import subscriber, terms
from smartdesk_pbx.store.session import Store
from smartdesk_pbx.store.tables.accounts import account, audit, session
from tests.web.conftest import Desk

WORDS = "seven quiet herons"


async def call(desk: Desk, method: str, path: str, token: str = "", **body: object) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "probe/1"}
    async with desk.http.request(method, f"http://{desk.where}/v1/{path}", json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def issue(desk: Desk, name: str = "hanako", role: Role = "auditor", password: str = WORDS, **more: str) -> None:
    reset: Any = await perform(desk.office, "account.add", {"account": name, "role": role, **more})
    assert (await call(desk, "POST", "new-password", reset=reset.reset, password=password))[0] == 200


async def signed_in(desk: Desk, name: str = "hanako", password: str = WORDS) -> str:
    status, answer = await call(desk, "POST", "sign-in", account=name, password=password)
    assert status == 200, answer
    return str(answer["token"])


async def trail(desk: Desk) -> list[tuple[str, str, str]]:
    rows = await desk.office.store.read(lambda c: c.execute(select(audit).order_by(audit.c.at)).all())
    return [(row.did, row.operation, row.who) for row in rows]


async def sign_in_status(desk: Desk, name: str, password: str) -> int:
    return (await call(desk, "POST", "sign-in", account=name, password=password))[0]


async def test_r5_a_password_opens_a_session_and_signing_out_closes_it(desk: Desk) -> None:
    await issue(desk)
    token = await signed_in(desk)
    assert await call(desk, "GET", "me", token) == (200, {"account": "hanako", "role": "auditor"})
    assert (await desk.ask("number.list", token=token))[0] == 200
    await call(desk, "POST", "sign-out", token)
    assert (await call(desk, "GET", "me", token))[0] == 401
    assert (await desk.ask("number.list", token=token))[0] == 401


async def test_r5_nothing_that_opens_a_door_is_stored(desk: Desk) -> None:
    await issue(desk)
    token = await signed_in(desk)
    file = desk.office.settings.database_file
    held = b"".join(p.read_bytes() for p in file.parent.glob(file.name + "*"))
    assert WORDS.encode() not in held
    assert token.encode() not in held
    stored = await desk.office.store.read(lambda c: c.execute(select(account.c.password)).scalar_one())
    assert stored.startswith("$argon2id$")


async def test_r5_guessing_is_stopped_by_a_lock_and_audited(desk: Desk) -> None:
    await issue(desk)
    tries = desk.office.settings.sign_in_tries
    for _ in range(tries):
        assert await sign_in_status(desk, "hanako", "wrong words here") == 403
    assert await sign_in_status(desk, "hanako", WORDS) == 403, "locked, though the password is right"
    assert [did for did, _, _ in await trail(desk)].count("sign_in_no") == tries + 1
    shown: Any = await perform(desk.office, "account.show", {"account": "hanako"})
    assert shown.state == "locked"
    await perform(desk.office, "account.unlock", {"account": "hanako"})
    await signed_in(desk)


async def test_r5_many_guesses_at_once_get_no_further_than_one_after_the_other(desk: Desk) -> None:
    await issue(desk)
    wrong = [sign_in_status(desk, "hanako", f"wrong words {n}") for n in range(desk.office.settings.sign_in_tries)]
    assert set(await asyncio.gather(*wrong)) == {403}
    assert await sign_in_status(desk, "hanako", WORDS) == 403


async def test_r5_a_lock_ends_by_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await issue(desk)
    for _ in range(desk.office.settings.sign_in_tries):
        await sign_in_status(desk, "hanako", "wrong words here")
    later = datetime.now(UTC) + timedelta(seconds=desk.office.settings.sign_in_lock_s + 1)
    monkeypatch.setattr(Store, "now", lambda self, connection: later)
    await signed_in(desk)


async def test_r5_the_same_answer_whether_the_name_or_the_password_is_wrong(desk: Desk) -> None:
    await issue(desk)
    unknown = await call(desk, "POST", "sign-in", account="nobody", password=WORDS)
    wrong = await call(desk, "POST", "sign-in", account="hanako", password="wrong words here")
    assert unknown == wrong == (403, {"error": "name or password is wrong, or the account is locked"})
    assert [row[2] for row in await trail(desk) if row[0] == "sign_in_no"] == ["unknown", "hanako"]


async def test_r5_theft_locks_at_once_until_a_new_password_is_set(desk: Desk) -> None:
    await issue(desk)
    token = await signed_in(desk)
    reset: Any = await perform(desk.office, "account.stolen", {"account": "hanako"})
    assert (await call(desk, "GET", "me", token))[0] == 401
    assert await sign_in_status(desk, "hanako", WORDS) == 403
    status, _ = await call(desk, "POST", "new-password", reset=reset.reset, password="other quiet herons")
    assert status == 200
    assert await sign_in_status(desk, "hanako", WORDS) == 403
    await signed_in(desk, password="other quiet herons")


async def test_r5_a_reset_is_good_once_and_only_the_last_one(desk: Desk) -> None:
    first: Any = await perform(desk.office, "account.add", {"account": "hanako", "role": "auditor"})
    last: Any = await perform(desk.office, "account.reset", {"account": "hanako"})
    assert (await call(desk, "POST", "new-password", reset=first.reset, password=WORDS))[0] == 422
    assert (await call(desk, "POST", "new-password", reset=last.reset, password=WORDS))[0] == 200
    assert (await call(desk, "POST", "new-password", reset=last.reset, password=WORDS))[0] == 422


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "my name is hanako"])
async def test_r5_a_weak_password_is_refused_and_the_reset_stays_good(desk: Desk, weak: str) -> None:
    reset: Any = await perform(desk.office, "account.add", {"account": "hanako", "role": "auditor"})
    assert (await call(desk, "POST", "new-password", reset=reset.reset, password=weak))[0] == 422
    assert (await call(desk, "POST", "new-password", reset=reset.reset, password=WORDS))[0] == 200


async def test_r5_concurrent_sessions_are_shown_and_can_be_closed(desk: Desk) -> None:
    await issue(desk)
    first = await signed_in(desk)
    _, answer = await call(desk, "POST", "sign-in", account="hanako", password=WORDS)
    assert [(other["address"], other["program"]) for other in answer["others"]] == [("127.0.0.1", "probe/1")]
    second = str(answer["token"])
    _, mine = await call(desk, "GET", "sessions", second)
    assert len(mine) == 2
    await perform(desk.office, "account.revoke", {"account": "hanako", "session": mine[0]["session"]})
    assert (await call(desk, "GET", "me", first))[0] == 401
    assert (await call(desk, "GET", "me", second))[0] == 200
    await call(desk, "DELETE", "sessions", second)
    assert (await call(desk, "GET", "me", second))[0] == 401


async def test_r5_a_session_that_is_not_used_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await issue(desk)
    token = await signed_in(desk)
    half = desk.office.settings.session_s / 2
    start = datetime.now(UTC)
    for later_s, expected in ((half, 200), (half * 2.5, 200), (half * 5, 401)):
        monkeypatch.setattr(Store, "now", lambda self, connection, s=later_s: start + timedelta(seconds=s))
        assert (await call(desk, "GET", "me", token))[0] == expected, later_s


async def test_r24_a_role_reaches_no_further_and_the_try_is_on_the_trail(desk: Desk) -> None:
    await issue(desk)
    token = await signed_in(desk)
    body = {"subscriber": "demo", "name": "x", "announced_name": "x", "announced_reading": "x"}
    status, answer = await desk.ask("subscriber.add", body, token=token)
    assert status == 403
    assert "auditor" in answer["error"]
    assert ("refused", "subscriber.add", "hanako") in await trail(desk)


async def test_r23_each_change_and_each_look_leaves_its_trace(desk: Desk) -> None:
    status, _ = await desk.ask("account.add", {"account": "ken", "role": "accountant"})
    assert status == 200
    await desk.ask("account.sessions", {"account": "ken"})
    rows: Any = await perform(desk.office, "audit.list", {})
    assert [(row.did, row.operation, row.about) for row in rows] == [
        ("look", "account.sessions", {"account": "ken"}),
        ("change", "account.add", {"account": "ken", "role": "accountant"}),
    ]


async def test_r23_the_reason_and_who_asked_stand_in_the_trail(desk: Desk) -> None:
    headers = {
        "Authorization": f"Bearer {desk.office.keys.http_token}",
        "X-Smartdesk-Who": "miyu", "X-Smartdesk-Why": "%E7%9B%A3%E6%9F%BB",
    }  # fmt: skip
    url = f"http://{desk.where}/v1/account/add"
    async with desk.http.post(url, json={"account": "ken", "role": "auditor"}, headers=headers) as answer:
        assert answer.status == 200
    rows: Any = await perform(desk.office, "audit.list", {"who": "miyu"})
    assert [row.why for row in rows] == ["監査"]


async def test_r23_a_change_that_fails_leaves_no_trace_of_one(desk: Desk) -> None:
    await desk.ask("account.add", {"account": "ken", "role": "auditor"})
    assert (await desk.ask("account.add", {"account": "ken", "role": "auditor"}))[0] == 422
    assert [did for did, _, _ in await trail(desk)] == ["change"]


async def test_r25_no_password_or_token_stands_in_the_trail(desk: Desk) -> None:
    await issue(desk)
    token = await signed_in(desk)
    rows = await desk.office.store.read(lambda c: [str(row) for row in c.execute(select(audit))])
    assert rows
    assert not [row for row in rows if WORDS in row or token in row or table.digest(token) in row]


@pytest.mark.parametrize("verb", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
async def test_r23_nobody_rewrites_the_trail(desk: Desk, verb: str) -> None:
    await desk.ask("account.add", {"account": "ken", "role": "auditor"})
    with pytest.raises(Exception, match="insert-only"):
        await desk.office.store.run(lambda c: c.execute(text(verb)))


async def test_r5_a_session_cannot_name_itself_somebody_else(desk: Desk) -> None:
    await issue(desk, role="operations")
    token = await signed_in(desk)
    headers = {"Authorization": f"Bearer {token}", "X-Smartdesk-Who": "root"}
    url = f"http://{desk.where}/v1/account/add"
    async with desk.http.post(url, json={"account": "ken", "role": "auditor"}, headers=headers) as answer:
        assert answer.status == 200
    assert ("change", "account.add", "hanako") in await trail(desk)
    sessions = await desk.office.store.read(lambda c: c.execute(select(session.c.token)).scalars().all())
    assert sessions == [table.digest(token)]


async def test_r24_a_subscriber_sees_what_is_theirs_and_nobody_elses(desk: Desk) -> None:
    def known(connection: Connection) -> None:
        for slug in ("sakura", "momiji"):
            subscriber.add(
                connection, id=uuid4(), slug=slug, name=slug, announced_name="さくら", announced_reading="さくら",
                at=datetime.now(UTC),
            )  # fmt: skip

    await desk.office.store.run(known)
    await issue(desk, role="subscriber", subscriber="sakura")
    token = await signed_in(desk)
    assert (await desk.ask("change.list", {"subscriber": "sakura"}, token=token))[0] == 200
    assert (await desk.ask("change.list", token=token))[0] == 403, "naming nobody is naming everybody"
    assert (await desk.ask("change.list", {"subscriber": "momiji"}, token=token))[0] == 403
    assert (await desk.ask("contract.list", token=token))[0] == 403


async def test_r31_4_the_first_sign_in_after_its_date_is_the_consent_to_a_version(desk: Desk) -> None:
    """Article 31.4: recorded once, by the subscriber's own use; nobody else's sign-in counts."""
    office, whose = desk.office, uuid4()

    def known(connection: Connection) -> None:
        now = datetime.now(UTC)
        subscriber.add(
            connection, id=whose, slug="sakura", name="x", announced_name="さくら", announced_reading="さくら", at=now
        )
        terms.add(
            connection, office.sealer, version="1", title="規約", text="本文", effective_on=tokyo_date(now), at=now,
            by="ken", notice_id=uuid4(),
        )  # fmt: skip

    await office.store.run(known)
    await issue(desk, "auditor1")
    await issue(desk, role="subscriber", subscriber="sakura")
    await signed_in(desk, "auditor1")
    assert await office.store.read(terms.consented) == []
    await signed_in(desk)
    [given] = await office.store.read(terms.consented)
    assert (given.subscriber_id, given.version, given.how) == (whose, "1", "sign_in")
    await signed_in(desk)
    assert await office.store.read(terms.consented) == [given]


async def test_r5_whoever_signed_in_acts_in_no_other_name(desk: Desk) -> None:
    await issue(desk, role="operations")
    token = await signed_in(desk)
    body = {"numbers": ["0312345099"], "by": "somebody else"}
    assert (await desk.ask("number.stock", body, token=token))[0] == 200
    history: Any = await perform(desk.office, "number.history", {"number": "0312345099"})
    assert [one.by for one in history] == ["hanako"]


async def test_r25_a_bank_account_stands_not_in_the_trail(desk: Desk) -> None:
    said = {
        "contract": "nobody", "bank": "0001", "branch": "001", "kind": "1", "account": "7654321", "holder": "ｱｵｿﾞﾗ",
    }  # fmt: skip
    await issue(desk)
    token = await signed_in(desk)
    assert (await desk.ask("collection.mandate", said, token=token))[0] == 403
    rows: Any = await perform(desk.office, "audit.list", {})
    [refused] = [row for row in rows if row.operation == "collection.mandate"]
    assert "account" in refused.fields and "7654321" not in str(refused)


async def test_r25_the_number_of_a_person_who_asked_stands_not_in_the_trail(desk: Desk) -> None:
    assert (await desk.ask("keep.disclose", {"number": "09012345678", "reason": "asked"}))[0] == 200
    rows: Any = await perform(desk.office, "audit.list", {"did": "look"})
    assert [(row.about, row.fields) for row in rows] == [({}, ["number", "reason"])]


async def test_r25_the_number_of_a_document_of_identity_stands_not_in_the_trail(desk: Desk) -> None:
    said = {"application": "x", "document": "company-register", "method": "by-post", "number": "A1234567"}
    await issue(desk)
    token = await signed_in(desk)
    assert (await desk.ask("application.identify", said, token=token))[0] == 403
    rows: Any = await perform(desk.office, "audit.list", {"did": "refused"})
    assert [row.about for row in rows] == [{"application": "x"}]


@pytest.mark.parametrize("line", [b"Authorization: Bearer \xff\xfe", b"Authorization: Bearer \xe3\x81\x82"])
async def test_r5_a_token_of_no_letters_is_nobodys(desk: Desk, line: bytes) -> None:
    host, _, port = desk.where.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + line + b"\r\n\r\n")
    assert (await reader.readline()).split()[1] == b"401"
    writer.close()


async def test_r5_a_body_in_a_charset_that_nobody_knows_is_a_mistake(desk: Desk) -> None:
    strange = {"Content-Type": "application/json; charset=foo"}
    async with desk.http.post(f"http://{desk.where}/v1/sign-in", data=b"{}", headers=strange) as answer:
        assert answer.status == 422
    strange["Authorization"] = f"Bearer {desk.office.keys.http_token}"
    async with desk.http.post(f"http://{desk.where}/v1/number/list", data=b"{}", headers=strange) as answer:
        assert answer.status == 422


@pytest.mark.parametrize(
    ("name", "body"),
    [("invoice.show", {"invoice": 10**30}), ("audit.list", {"since": "0001-01-01"}),
     ("reconcile.run", {"day": "9999-12-31"})],
)  # fmt: skip
async def test_what_is_beyond_all_bounds_is_a_mistake_and_no_defect(desk: Desk, name: str, body: object) -> None:
    status, answer = await desk.ask(name, body)
    assert (status, "beyond what can be stored" in answer["error"]) == (422, True)
