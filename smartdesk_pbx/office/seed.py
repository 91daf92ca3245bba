"""What a new home is furnished with: the standard plan and, unless it is to stay empty, the demo subscriber."""

import json
import os
from pathlib import Path

from sqlalchemy import Connection

from smartdesk_pbx.contract.plan import standard_plan
from smartdesk_pbx.flow.load import load
from smartdesk_pbx.office import voice
from smartdesk_pbx.office.agent import digests, new_password
from smartdesk_pbx.office.office import Office
from smartdesk_pbx.settings import share
from smartdesk_pbx.store import agent, contract, flow, formation, number, subscriber

SLUG, NAME, READING = "demo", "さくら商事", "サクラショウジ"
NUMBERS = ("+81312345001", "+81312345002")
"""The main one first. No exchange of Tokyo begins with 1: these can belong to nobody, nor can the next."""
EMERGENCY = "+81312345119"
AGENTS = {"agent1": "佐藤 一郎", "agent2": "鈴木 二葉"}
TEAM = "front"
FLOW = "demo-reception.yaml"


async def furnish(office: Office, *, empty: bool) -> str:
    """Furnish a home that has no plan yet; what was done in one line, "" for nothing. All or nothing."""
    if await office.store.read(contract.plan_listing):
        return ""
    if empty:
        await office.store.run(_put_plan)
        return "new home: the standard plan, nothing else"
    passwords = _passwords(office.settings.secrets_dir / "agents.json")
    name = await voice.speak(office, NAME, READING)
    emergency = await voice.read_out(office, EMERGENCY)
    await office.store.run(lambda c: _demo(office, c, passwords, name, emergency))
    return f"new home: subscriber {SLUG}, numbers {', '.join(NUMBERS)}, agents {', '.join(AGENTS)}"


def _put_plan(connection: Connection) -> None:
    plan = standard_plan()
    contract.put_plan(connection, id=plan.plan, name=plan.name, settings=plan.settings, rules=plan.rules)


def _demo(office: Office, connection: Connection, passwords: dict[str, str], name: str, emergency: str) -> None:
    at, ids = office.store.now(connection), office.ids
    subscriber_id, contract_id = ids.new(), ids.new()
    _put_plan(connection)
    subscriber.add(
        connection, id=subscriber_id, slug=SLUG, name=f"株式会社{NAME}", announced_name=NAME,
        announced_reading=READING, announced_prompt=name, at=at,
    )  # fmt: skip
    subscriber.set_emergency(connection, office.sealer, subscriber_id, number=EMERGENCY, prompt=emergency)
    formation.open_at_once(connection, id=contract_id, subscriber_id=subscriber_id, plan=standard_plan().plan, at=at)
    file = share("dialplans") / "flows" / FLOW
    published = flow.publish(connection, id=ids.new(), text=file.read_text("utf-8"), tree=load(file), at=at)
    for one in NUMBERS:
        number.assign(connection, one, contract_id, id=ids.new(), at=at, flow_id=published.id)
    for id_, shown in AGENTS.items():
        both = digests(id_, passwords[id_])
        agent.add(
            connection, id=id_, name=shown, team=TEAM, at=at,
            digest_md5=both.digest_md5, digest_sha256=both.digest_sha256,
        )  # fmt: skip


def _passwords(file: Path) -> dict[str, str]:
    """The demo agents' passwords, made once; written before the store so that none is ever lost."""
    if file.exists():
        return {str(k): str(v) for k, v in json.loads(file.read_text("utf-8")).items()}
    made = {id_: new_password() for id_ in AGENTS}
    spare = file.with_name(f".{file.name}")
    with open(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(json.dumps(made) + "\n")
    spare.replace(file)
    return made
