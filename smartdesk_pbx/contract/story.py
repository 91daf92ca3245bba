"""The events of a case in words, for `case explain`: open parts only, nothing that was sealed. Pure."""

from collections.abc import Sequence

from smartdesk_pbx.contract import events
from smartdesk_pbx.contract.case_facts import CaseFacts

_ENDED_BY = {
    "caller": "the caller hung up", "agent": "the agent hung up", "us": "we said goodbye",
    "network": "the network cut it", "unseen": "nobody saw how",
}  # fmt: skip


def told(event: events.CaseEvent) -> str:
    """One line about what happened."""
    match event:
        case events.CallArrived():
            test = ", a test call" if event.test_call else ""
            return f"arrived for {event.number}, caller: {event.caller_class}{test}; contract: {event.decision}"
        case events.CallSignalled():
            known = {True: "a registered source", False: "an unknown source", None: "no source named"}
            return f"forwarding: {known[event.source_known]}"
        case events.CallAnswered():
            return "answered"
        case events.FlowStep():
            return f"{event.node}: {event.verb}" + (f" (after: {event.heard})" if event.heard else "")
        case events.MessageRecorded():
            return f"left a message of {event.seconds:g} s" + (", cut off by hanging up" if event.partial else "")
        case events.RecordingStored():
            return f"recording of {event.seconds:g} s stored" + ("" if event.whole else ", shorter than the talk")
        case events.CallFailed():
            return f"a fault of ours: {event.error}"
        case events.CallCut():
            return "cut by the time limit"
        case events.CallResumed():
            return f"taken up by a later daemon, at a {event.where}"
        case events.CallEnded():
            return f"ended: {_ENDED_BY[event.by]}; outcome: {event.outcome}"
    return _with_people(event) or _in_flow(event) or _afterwards(event)


def _in_flow(event: events.CaseEvent) -> str:
    match event:
        case events.CallTagged():
            return f"tagged by the flow: {', '.join(event.tags)}"
        case events.CallbackPromised():
            return "promised a call back on the number " + ("called from" if event.own else "that was typed")
        case events.MessageDiscarded():
            return "recorded the message anew; the one before is deleted"
        case events.LookupMade():
            said = event.answer if event.outcome == "answered" else f"no answer that counts ({event.why})"
            return f"{event.host} was asked: {said}, after {event.ms} ms"
        case events.OutsideRung():
            return f"the subscriber's telephone {event.which} of {event.count} rings"
        case events.OutsideMissed():
            return f"the subscriber's telephone {event.which} did not take it: {event.reason}"
        case events.OutsideTalked():
            return f"put through to the subscriber's telephone {event.which}"
        case events.OutsideEnded():
            whom = {"caller": "the caller hung up", "callee": "the other side hung up"}
            return f"that talk of {event.talk_s:g} s ended: {whom.get(event.by) or _ENDED_BY[event.by]}"
    return ""


def _with_people(event: events.CaseEvent) -> str:
    match event:
        case events.Escalated():
            return f"to a human of team {event.team}, because: {event.reason}"
        case events.AgentOffered():
            return f"offered to {event.agent}"
        case events.AgentMissed():
            return f"{event.agent} did not take it: {event.reason}"
        case events.NameAnnounced():
            return f"{event.agent} was told the announced name {event.announced_name} (version {event.version})"
        case events.TalkStarted():
            return f"{event.agent} talks with the caller"
        case events.TalkEnded():
            return f"talk of {event.talk_s:g} s ended: {_ENDED_BY[event.by]}"
        case events.NobodyFree():
            return f"nobody took it after {event.waited_s:g} s, {event.tried} tried"
        case events.TransferRequested():
            return f"asked to be put through ({event.by}), " + ("counted" if event.counted else "not counted")
        case events.TransferAnswered():
            return "our answer to the request was played to its end"
        case events.EmergencyReleased():
            return f"emergency number released: {len(event.requests)} requests, threshold {event.threshold}"
        case events.EmergencyTold():
            whom = " by the agent" if event.by == "agent" else ""
            return f"emergency number told{whom} " + ("once" if event.times == 1 else f"{event.times} times")
        case events.EmergencyMissing():
            return "threshold reached, but no emergency number is on file"
    return ""


def _afterwards(event: events.CaseEvent) -> str:
    match event:
        case events.ResponseTaken():
            left = ", ".join(event.undecided)
            return f"primary response entered by {event.by}" + (f"; still undecided: {left}" if left else ", complete")
        case events.CaseMarked():
            done = "taken back" if event.removed else "marked"
            return f"{done} by {event.by}: {event.mark or 'tag ' + str(event.tag)}"
        case events.CaseContext():
            hours = "outside the hours of answering" if event.out_of_hours else "within the hours of answering"
            repeat = f"; a repeat of {event.repeat_of}" if event.repeat_of else ""
            return f"seen from outside: {hours}{repeat}"
        case events.CaseClosed():
            return f"closed, primary response: {event.response}"
        case events.CaseErased():
            return f"personal parts erased by {event.by}: {event.because}"
    return str(event.__struct_config__.tag)


def remarks(case: Sequence[events.CaseEvent], facts: CaseFacts) -> list[str]:
    """What a reader of the charge should know, each with its article."""
    found = []
    if facts.human and facts.out_of_hours:
        found.append("A human answered outside the hours of answering; charged all the same (Article 7.4).")
    if facts.human and facts.out_of_language:
        found.append("A human answered in another language than agreed; charged all the same (Article 7.4).")
    closed = next((e for e in case if isinstance(e, events.CaseClosed)), None)
    if facts.human and closed and closed.response == "partial":
        found.append("The primary response is partial; charged whether or not a purpose was met (Article 7.3).")
    return found
