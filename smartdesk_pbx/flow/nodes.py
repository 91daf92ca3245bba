"""The nodes of a flow: what a subscriber's callers can meet. Each docstring is the node's documentation.

A target is the name of another node. A prompt is an id of the catalogue, or `@name` (the subscriber's
announced name) or `@number` (the digits just collected). Every wait and every retry is bounded, there are
no variables and no expressions: the set of positions of a flow is finite.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from smartdesk_pbx.contract.events import EscalationReason

Target = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Prompt = Annotated[str, Field(pattern=r"^(@name|@number|[a-z0-9][a-z0-9-]{0,39})$")]
Prompts = Annotated[tuple[Prompt, ...], Field(min_length=1, max_length=7)]
Key = Annotated[str, Field(pattern=r"^[0-9*#A-D]$")]
Tries = Annotated[int, Field(ge=1, le=5)]
WaitS = Annotated[float, Field(ge=1, le=30)]


class _Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Announce(_Node):
    """Play something, then go on. `skippable`: a key ends it and counts for the next menu."""

    kind: Literal["announce"]
    prompts: Prompts
    skippable: bool = True
    next: Target


class Menu(_Node):
    """Play the choices and wait for one key. After `tries` without one, or with wrong ones, `on_silence` or
    `on_wrong_key`. `silent_tries`: how many may pass without a key, when that is fewer."""

    kind: Literal["menu"]
    prompts: Prompts
    keys: dict[Key, Target] = Field(min_length=1)
    tries: Tries = 3
    silent_tries: Tries | None = None
    wait_s: WaitS = 5
    no_key: Prompts = ("no-key",)
    wrong_key: Prompts = ("wrong-key",)
    on_silence: Target
    on_wrong_key: Target


class Collect(_Node):
    """Take digits, `#` ends early. With `read_back` they are read to the caller, who confirms with 1."""

    kind: Literal["collect"]
    prompts: Prompts
    least: Annotated[int, Field(ge=1, le=20)] = 1
    most: Annotated[int, Field(ge=1, le=20)] = 15
    tries: Tries = 3
    wait_s: WaitS = 7
    gap_s: WaitS = 4
    read_back: bool = True
    wrong: Prompts = ("enter-again",)
    confirm: Prompts = ("callback-readback", "@number", "callback-confirm")
    next: Target
    on_silence: Target


class Record(_Node):
    """Take a message after a tone. What was said before a hang-up is kept."""

    kind: Literal["record"]
    prompts: Prompts = ("leave-message",)
    most_s: Annotated[int, Field(ge=5, le=600)] = 120
    silence_s: Annotated[int, Field(ge=2, le=30)] = 5
    next: Target
    on_silence: Target


class Escalate(_Node):
    """Hand the caller to a human agent (R2.1). `reason` defaults to how the caller came here:
    a key (caller_asked), silence (no_input), wrong keys (wrong_key), else flow."""

    kind: Literal["escalate"]
    team: str | None = None
    reason: EscalationReason | None = None
    prompts: Prompts = ("please-hold",)
    next: Target
    on_nobody: Target


class TransferRequest(_Node):
    """The caller asks to be put through to the subscriber (R8.2). Below the threshold `refused` is played and the
    call goes on at `on_refused`; at the threshold the emergency number is told, then `on_told`."""

    kind: Literal["transfer_request"]
    refused: Prompts = ("transfer-refused",)
    intro: Prompts = ("emergency-intro",)
    again: Prompts = ("emergency-repeat",)
    on_refused: Target
    on_told: Target


class Goto(_Node):
    """Go to another node at most `most` times in a call, after that `then`. The only way back in a flow."""

    kind: Literal["goto"]
    to: Target
    most: Annotated[int, Field(ge=1, le=20)] = 3
    then: Target


class Hangup(_Node):
    """Say goodbye and end the call."""

    kind: Literal["hangup"]
    prompts: tuple[Prompt, ...] = ("bye",)
    reason: str = "done"


Node = Annotated[
    Announce | Menu | Collect | Record | Escalate | TransferRequest | Goto | Hangup, Field(discriminator="kind")
]
