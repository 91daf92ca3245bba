"""The demo's story on a real switchboard: one caller speaks to a human, another insists on a direct transfer.

Read it top to bottom. Whatever does not happen in time raises `StoryBroke` with what was expected.
"""

import asyncio
import secrets

from smartdesk_pbx.contract.numbers import e164
from smartdesk_pbx.office.seed import AGENTS, NUMBERS
from smartdesk_pbx.trial.at_work import at_work
from smartdesk_pbx.trial.caller import Caller
from smartdesk_pbx.trial.casebook import case_of, has, run_told, tell_events, tell_judgement, tell_tracks
from smartdesk_pbx.trial.ear import NotHeard
from smartdesk_pbx.trial.softphone import Incoming, Softphone
from smartdesk_pbx.trial.sound import transcript
from smartdesk_pbx.trial.stage import EMERGENCY, NAME, Stage, StoryBroke, expected
from smartdesk_pbx.trial.teller import BOARD

AGENT = next(iter(AGENTS))
CALLER_HZ, AGENT_HZ = 1000.0, 600.0
"""What each side says in the talk: a tone that an ear and a recording can be asked for."""
FIRST_CALLER = "0312349876"
"""Belongs to nobody, as every number here: no exchange of Tokyo begins with 1."""
TALK_S = 1.0
"""How long they go on after each has heard the other."""
SOUNDS = ("welcome-generic", NAME, "main-menu", "please-hold", "whisper-call", "bye", "transfer-refused",
          "emergency-intro", EMERGENCY, "emergency-repeat")  # fmt: skip
"""Every sound that somebody waits for."""


async def play(stage: Stage) -> None:
    """The whole story. Raises `StoryBroke`; phones are gone and the agent is signed off at its end in any case."""
    for prompt in SOUNDS:
        stage.sound(prompt)  # read before the first call: what is missing is said at once
    stage.teller.scene("Smartdesk at work")
    stage.teller.note(
        "Real SIP phones call a private Asterisk. An ear in each phone compares the sound that reaches it with the "
        "built prompts: 100% is the same. Times count from the start of the command."
    )
    await to_a_human(stage)
    await by_direct_transfer(stage)
    stage.teller.scene("The books: every fact and every judgement stands in one chain")
    await run_told(stage, "case", "verify")


async def to_a_human(stage: Stage) -> None:
    """Call 1: greeting, key 2, an agent's phone, the announced name, a talk, the case."""
    stage.teller.scene("Call 1: a caller wants to speak to a person")
    async with at_work(stage, AGENT) as phone, Caller(stage.sip, stage.number, from_number=FIRST_CALLER) as caller:
        await stage.dials(caller, FIRST_CALLER)
        await stage.hears("caller", caller.ear, "welcome-generic")
        await stage.hears("caller", caller.ear, NAME, least_s=0.8)
        await stage.hears("caller", caller.ear, "main-menu")
        await stage.presses(caller, "2", "a person, please")
        await stage.hears("caller", caller.ear, "please-hold")
        call = await _pick_up(stage, phone)
        await _talk(stage, caller, call)
        with expected("the agent hangs up"):
            await call.hang_up()
        stage.teller.line(AGENT, "hangs up")
        caller.say_tone(None)
        await stage.hears("caller", caller.ear, "bye")
        with expected("the switchboard hangs up after its last word"):
            await caller.ended()
        stage.teller.line(BOARD, "hangs up")
        await _written_down(stage, caller)


async def _pick_up(stage: Stage, phone: Softphone) -> Incoming:
    with expected(f"{AGENT}'s softphone rings"):
        call = await phone.rings(timeout_s=15)
    shown = f"{call.shown or '(nothing)'} <{call.shown_number}>"
    stage.teller.line(AGENT, "softphone rings, its display shows ", (shown, "bold"), at_s=call.invited_at)
    with expected(f"{AGENT} can answer"):
        stage.teller.line(AGENT, "answers", at_s=await call.answer())
    await stage.hears(AGENT, call.ear, "whisper-call")
    await stage.hears(AGENT, call.ear, NAME, whole=True)
    return call


async def _talk(stage: Stage, caller: Caller, call: Incoming) -> None:
    caller.say_tone(CALLER_HZ)
    call.say_tone(AGENT_HZ)
    try:
        in_caller, in_agent = await asyncio.gather(caller.ear.hears_tone(AGENT_HZ), call.ear.hears_tone(CALLER_HZ))
    except NotHeard as error:
        raise StoryBroke(f"expected: caller and agent hear each other; instead: {error}") from None
    stage.teller.line("caller", f"hears the agent speak ({AGENT_HZ:g} Hz tone)", at_s=in_caller)
    stage.teller.line(AGENT, f"hears the caller speak ({CALLER_HZ:g} Hz tone)", at_s=in_agent)
    await asyncio.sleep(TALK_S)


async def _written_down(stage: Stage, caller: Caller) -> None:
    """R2.3: the primary response, entered with the CLI as an agent would; then the case as it stands in the books."""
    case = await case_of(stage, caller, "a case with its recording", has("recording.stored"))
    stage.teller.scene("What was written down of call 1")
    await run_told(
        stage, "case", "respond", case.case_id,
        "--name", "鈴木", "--phone", FIRST_CALLER, "--callback", "yes", "--purpose", "お見積りの件",
    )  # fmt: skip
    case = await case_of(stage, caller, "a closed and judged case", lambda c: c.judgement is not None)
    stage.teller.gap()
    tell_events(stage, case)
    stage.teller.gap()
    tell_judgement(stage, case)
    tell_tracks(stage, case, CALLER_HZ, AGENT_HZ)


async def by_direct_transfer(stage: Stage) -> None:
    """R8.2: another caller asks for direct transfer until the threshold is reached and the number is read out."""
    threshold, number = stage.route.settings.direct_transfer_threshold, fresh_number(stage.settings.country)
    stage.teller.scene(f"Calls 2 to {threshold + 1}: another caller wants to be connected directly")
    window = stage.route.settings.direct_transfer_window_days
    stage.teller.note(f"Request {threshold} within {window} days is answered with the emergency number (R8.2).")
    for request in range(1, threshold + 1):
        async with Caller(stage.sip, stage.number, from_number=number) as caller:
            await stage.dials(caller, number)
            await stage.presses(caller, "3", f"request {request} of the {threshold} that are needed")
            if request < threshold:
                await stage.hears("caller", caller.ear, "transfer-refused")
            else:
                await _hears_the_number(stage, caller)
            with expected("the caller hangs up"):
                await caller.hang_up()
            stage.teller.line("caller", "hangs up, to try again" if request < threshold else "hangs up")
    case = await case_of(stage, caller, "a closed and judged case", lambda c: c.judgement is not None)
    released = next((e for e in case.events if e["kind"] == "emergency.released"), None)
    if released is None or len(released["requests"]) != threshold:
        raise StoryBroke(f"expected: a release that names {threshold} requests; instead: {released}")
    stage.teller.note(f"The release was durable before a digit was spoken; it names the {threshold} requests.")
    tell_judgement(stage, case)


async def _hears_the_number(stage: Stage, caller: Caller) -> None:
    await stage.hears("caller", caller.ear, "emergency-intro")
    intro_s = stage.sound("emergency-intro").seconds
    until = await stage.hears("caller", caller.ear, EMERGENCY, timeout_s=intro_s + 10, whole=True)
    spelt = stage.sound(EMERGENCY)
    first, last = spelt.voiced
    begin = caller.ear.line.position_of(until) - (last - first)
    digits = [stage.prompts[f"digit-{d}"] for d in range(10)]
    heard = [s.name[-1] for s, _ in transcript(caller.ear.line.cut(begin), digits, head_s=None)]
    stage.teller.line("caller", "heard it whole, digit by digit: ", (masked(heard), "bold"))
    await stage.hears("caller", caller.ear, "emergency-repeat", least_s=1.0)


def masked(digits: list[str]) -> str:
    """All but the last two digits hidden."""
    return "•" * max(0, len(digits) - 2) + "".join(digits[-2:])


def fresh_number(country: str) -> str:
    """A caller nobody has seen: of the exchanges that Tokyo does not have (031...), so that it belongs to nobody."""
    while True:
        number = f"031{secrets.randbelow(10**7):07}"
        if e164(number, country) not in NUMBERS:
            return number
