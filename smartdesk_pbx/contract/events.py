"""The facts about a call, one frozen class for each kind of case event.

A case is the ordered list of these. Each has an open part and a sealed part: the fields named in
`SEALED` (names, numbers, free text, raw headers) are stored encrypted under a key of the case, so that
erasing the key erases them while the chain of hashes still verifies. Times are aware, UTC.
"""

from typing import Literal
from uuid import UUID

from msgspec import field

from smartdesk_pbx.contract.after_call import CaseClosed as CaseClosed
from smartdesk_pbx.contract.after_call import CaseContext as CaseContext
from smartdesk_pbx.contract.after_call import CaseErased as CaseErased
from smartdesk_pbx.contract.after_call import CaseMarked as CaseMarked
from smartdesk_pbx.contract.after_call import Judged as Judged
from smartdesk_pbx.contract.after_call import Reclassified as Reclassified
from smartdesk_pbx.contract.after_call import ResponseTaken as ResponseTaken
from smartdesk_pbx.contract.fact import CallerClass as CallerClass
from smartdesk_pbx.contract.fact import CaseEvent as CaseEvent
from smartdesk_pbx.contract.fact import Decided as Decided
from smartdesk_pbx.contract.fact import EndedBy as EndedBy
from smartdesk_pbx.contract.fact import EscalationReason as EscalationReason
from smartdesk_pbx.contract.in_flow import CallbackPromised as CallbackPromised
from smartdesk_pbx.contract.in_flow import CallTagged as CallTagged
from smartdesk_pbx.contract.in_flow import LookupFault as LookupFault
from smartdesk_pbx.contract.in_flow import LookupMade as LookupMade
from smartdesk_pbx.contract.in_flow import MessageDiscarded as MessageDiscarded
from smartdesk_pbx.contract.in_flow import OutsideEnded as OutsideEnded
from smartdesk_pbx.contract.in_flow import OutsideMiss as OutsideMiss
from smartdesk_pbx.contract.in_flow import OutsideMissed as OutsideMissed
from smartdesk_pbx.contract.in_flow import OutsideRung as OutsideRung
from smartdesk_pbx.contract.in_flow import OutsideTalked as OutsideTalked


class CallArrived(CaseEvent, frozen=True, kw_only=True, tag="call.arrived"):
    """An INVITE for an assigned number entered. `decision`: what the contract said about it."""

    SEALED = frozenset({"caller"})
    ONCE = True

    number: str
    subscriber_id: UUID | None
    contract_id: UUID | None
    plan: str | None
    flow: str | None
    flow_version: int | None
    decision: Literal["accepted", "onboarding", "suspended", "ended", "maintenance", "outage"]
    node: str
    channel: str
    caller_class: CallerClass
    caller_key: str | None
    """HMAC of the caller's E.164 number; None when the caller withheld it."""
    caller: str | None = None
    test_call: bool = False
    """R9: made by one of the contract's `test_callers`."""
    notice_id: UUID | None = None
    """R13, R21, R30: the notice that stopped the call."""


class CallSignalled(CaseEvent, frozen=True, kw_only=True, tag="call.signalled"):
    """R2.2: what the network said about the forwarding, raw and parsed."""

    SEALED = frozenset({"sources", "raw", "sip_call_id"})

    source_known: bool | None
    """True: a registered forward source; False: another; None: the network named none."""
    sources: list[str]
    raw: list[str]
    sip_call_id: str
    truncated: bool = False


class CallAnswered(CaseEvent, frozen=True, kw_only=True, tag="call.answered"):
    """Audio opened; what is said from here on may be billed."""

    ONCE = True


class FlowStep(CaseEvent, frozen=True, kw_only=True, tag="flow.step"):
    """A verb was given to the leg at a node of the flow. The last one is where a restarted daemon goes on."""

    SEALED = frozenset({"digits"})

    step: int
    flow: str | None = None
    flow_version: int | None = None
    node: str
    verb: str
    position: str
    """The walker's position, as canonical JSON: what a later daemon needs to go on."""
    heard: str
    """Result of the verb before, as `flow/verbs.py` writes it: "done", "key 1", "silence", "digits fits", ..."""
    digits: str | None = None
    """Digits that were collected (a telephone number, say); never a menu key."""


class Escalated(CaseEvent, frozen=True, kw_only=True, tag="escalation.started"):
    """R2.1: the IVR decided that it cannot handle the call, and why."""

    reason: EscalationReason
    team: str
    skills: list[str] = field(default_factory=list)
    """What the flow asks of an agent; nothing is chosen by it yet, nor by `priority`, 0 to 9."""
    priority: int = 5


class AgentOffered(CaseEvent, frozen=True, kw_only=True, tag="agent.offered"):
    """The agent was reserved for this call and the phone rings."""

    agent: str


class AgentMissed(CaseEvent, frozen=True, kw_only=True, tag="agent.missed"):
    """The offer came to nothing. `reason`: no_answer, busy, declined, unreachable, agent_left, caller_left."""

    agent: str
    reason: str


class NameAnnounced(CaseEvent, frozen=True, kw_only=True, tag="name.announced"):
    """R2.3: the announced name was whispered to the agent before the talk path opened."""

    agent: str
    announced_name: str
    version: int


class TalkStarted(CaseEvent, frozen=True, kw_only=True, tag="talk.started"):
    """Caller and agent hear each other: `at` is the human_at of the case."""

    agent: str
    channel: str
    """The agent's channel; the bridge's id is derived from it."""


class TalkEnded(CaseEvent, frozen=True, kw_only=True, tag="talk.ended"):
    """One side left the talk; a caller whose agent left is still on the line."""

    agent: str
    by: EndedBy
    talk_s: float


class NobodyFree(CaseEvent, frozen=True, kw_only=True, tag="escalation.failed"):
    """No agent took the call; the caller is asked for a message."""

    tried: int
    waited_s: float
    agreed: bool = True
    """R2.1: False where answering by humans is not agreed, or suspended: none was asked."""


class TransferRequested(CaseEvent, frozen=True, kw_only=True, tag="transfer.requested"):
    """R8.2: the caller asked to be put through to the subscriber."""

    by: Literal["ivr", "agent"]
    counted: bool


class TransferAnswered(CaseEvent, frozen=True, kw_only=True, tag="transfer.answered"):
    """Our refusal was played to its end: only now can a further request in this call count again."""

    requests: int
    """How often the caller has asked in this call so far."""


class EmergencyReleased(CaseEvent, frozen=True, kw_only=True, tag="emergency.released"):
    """R8.2: the threshold was reached; names the requests that led to it. Durable before a digit is spoken."""

    requests: list[str]
    """Keys of the `transfer.requested` events that were counted, oldest first."""
    threshold: int
    number_version: int


class EmergencyTold(CaseEvent, frozen=True, kw_only=True, tag="emergency.told"):
    """The number was read out to its end, `times` times in this telling; or an agent told it."""

    times: int
    by: Literal["ivr", "agent"] = "ivr"


class EmergencyMissing(CaseEvent, frozen=True, kw_only=True, tag="emergency.missing"):
    """The threshold was reached but no emergency number is on file: never released, operations are told."""


class MessageRecorded(CaseEvent, frozen=True, kw_only=True, tag="message.recorded"):
    """The caller left a message. `partial`: the caller hung up while speaking. `sha256`: hex, of the file."""

    file: str
    seconds: float
    partial: bool
    bytes: int = 0
    sha256: str = ""


class RecordingStored(CaseEvent, frozen=True, kw_only=True, tag="recording.stored"):
    """The conversation's recording is in its place. `whole`: its length covers the talk."""

    file: str
    seconds: float
    expected_s: float
    whole: bool
    bytes: int = 0
    sha256: str = ""


class CallFailed(CaseEvent, frozen=True, kw_only=True, tag="call.failed"):
    """A defect or an edge that is down ended the call; the caller heard the apology."""

    error: str


class CallCut(CaseEvent, frozen=True, kw_only=True, tag="call.cut"):
    """Cut by limit: the dead man's switch fired. Also an alarm."""


class CallResumed(CaseEvent, frozen=True, kw_only=True, tag="call.resumed"):
    """A later daemon took the call up. `where`: verb or talk."""

    where: str


class CallEnded(CaseEvent, frozen=True, kw_only=True, tag="call.ended"):
    """Exactly one, at hang-up."""

    ONCE = True

    by: EndedBy
    outcome: str
    """An `Outcome` of case_facts.py."""
    cause: int | None = None
    human: bool = False


AnyEvent = (
    CallArrived | CallSignalled | CallAnswered | FlowStep | Escalated | AgentOffered | AgentMissed | NameAnnounced
    | TalkStarted | TalkEnded | NobodyFree | TransferRequested | TransferAnswered | EmergencyReleased | EmergencyTold
    | EmergencyMissing | MessageRecorded | MessageDiscarded | CallTagged | CallbackPromised | LookupMade | OutsideRung
    | OutsideMissed | OutsideTalked | OutsideEnded | RecordingStored | ResponseTaken | CallFailed | CallCut
    | CallResumed | CallEnded | CaseMarked | CaseContext | CaseClosed | CaseErased
)  # fmt: skip
