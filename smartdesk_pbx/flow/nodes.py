"""The nodes of a flow: what a subscriber's callers can meet. Each docstring is the node's documentation.

A target is the name of another node. A prompt is an id of the catalogue, or a placeholder: `@name` (the subscriber's
announced name), `@number` (the digits just collected), `@caller` (the caller's own number), `@time`, `@day` (now), and
`@opens` (when the flow's first calendar opens next). Every wait and every retry is bounded, there are no variables and
no expressions: the set of positions of a flow is finite.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from smartdesk_pbx.contract.events import EscalationReason
from smartdesk_pbx.flow.parts import (
    E164,
    Country,
    Key,
    Language,
    Mask,
    Part,
    Prefix,
    Prompt,
    Prompts,
    Target,
    Tries,
    WaitS,
)


class Announce(Part):
    """Play something, then go on. `skippable`: a key ends it and counts for the next menu."""

    kind: Literal["announce"]
    prompts: Prompts
    skippable: bool = True
    next: Target


class Menu(Part):
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


class Collect(Part):
    """Take digits, `#` ends early. `patterns`: what they may look like, `x` for any digit (`0xxxxxxxxx`), instead of
    `least` and `most`. With `read_back` they are read to the caller, who confirms with 1."""

    kind: Literal["collect"]
    prompts: Prompts
    least: Annotated[int, Field(ge=1, le=20)] = 1
    most: Annotated[int, Field(ge=1, le=20)] = 15
    patterns: tuple[Mask, ...] = ()
    tries: Tries = 3
    wait_s: WaitS = 7
    gap_s: WaitS = 4
    read_back: bool = True
    wrong: Prompts = ("enter-again",)
    confirm: Prompts = ("callback-readback", "@number", "callback-confirm")
    next: Target
    on_silence: Target

    @model_validator(mode="after")
    def _some_number_fits(self) -> Self:
        if self.least > self.most:
            raise PydanticCustomError("least", "least is more than most: no digits would fit")
        return self


class Record(Part):
    """Take a message after a tone. What was said before a hang-up is kept. With `review` the caller may keep it (1),
    hear it (2) or record it anew (3); silence keeps it."""

    kind: Literal["record"]
    prompts: Prompts = ("leave-message",)
    most_s: Annotated[int, Field(ge=5, le=600)] = 120
    silence_s: Annotated[int, Field(ge=2, le=30)] = 5
    review: bool = False
    reviewing: Prompts = ("message-review",)
    tries: Tries = 3
    wait_s: WaitS = 5
    next: Target
    on_silence: Target


class Hours(Part):
    """Ask a calendar of the flow what the instant of the call's arrival is: `open`, `closed`, a national `holiday`
    (as `closed`, when it has no way of its own), or one of its exceptions by name."""

    kind: Literal["hours"]
    calendar: Target
    open: Target
    closed: Target
    holiday: Target | None = None
    exceptions: dict[Target, Target] = Field(default_factory=dict)


class ChooseLanguage(Part):
    """Change the language of what follows: by key, or by the number that was called. Without a choice it stays."""

    kind: Literal["language"]
    prompts: tuple[Prompt, ...] = Field((), max_length=7)
    keys: dict[Key, Language] = Field(default_factory=dict)
    numbers: dict[E164, Language] = Field(default_factory=dict)
    tries: Tries = 2
    wait_s: WaitS = 5
    next: Target

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.keys) == bool(self.numbers) or bool(self.keys) != bool(self.prompts):
            raise PydanticCustomError("one", "give prompts and keys, or else the numbers that are called")
        return self


class CallerIs(Part):
    """One case of a `caller` node; exactly one condition. `list`: a list of the contract's callers (known, vip,
    blocked, …). `repeat_hours`: called before within so many hours. `ranges`: beginnings of numbers, +81 90 as
    "+8190". `countries`: by country calling code, JP."""

    anonymous: Literal[True] | None = None
    list: Target | None = None
    repeat_hours: Annotated[int, Field(ge=1, le=8784)] | None = None
    ranges: tuple[Prefix, ...] = ()
    countries: tuple[Country, ...] = ()
    next: Target

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if sum(map(bool, (self.anonymous, self.list, self.repeat_hours, self.ranges, self.countries))) != 1:
            known = "anonymous, list, repeat_hours, ranges, countries"
            raise PydanticCustomError("one", "a case has exactly one of {known}", {"known": known})
        return self


class Caller(Part):
    """Go on by who calls: the first of `cases` that holds, else `otherwise`."""

    kind: Literal["caller"]
    cases: tuple[CallerIs, ...] = Field(min_length=1, max_length=20)
    otherwise: Target


class TransferRequest(Part):
    """The caller asks to be put through to the subscriber (R8.2). Below the threshold `refused` is played and the
    call goes on at `on_refused`; at the threshold the emergency number is told, then `on_told`."""

    kind: Literal["transfer_request"]
    refused: Prompts = ("transfer-refused",)
    intro: Prompts = ("emergency-intro",)
    again: Prompts = ("emergency-repeat",)
    on_refused: Target
    on_told: Target


class Ring(Part):
    """Ring the subscriber's own telephones: outside numbers (`to`, within the contract's `allowed_destinations`),
    together or in turn. With `screening` whoever answers must press 1 to take the call, so that a mailbox does not."""

    kind: Literal["ring"]
    to: tuple[E164, ...] = Field((), max_length=10)
    extensions: tuple[Target, ...] = Field((), max_length=10)
    mode: Literal["together", "in_turn"] = "together"
    ring_s: Annotated[int, Field(ge=5, le=60)] = 20
    screening: bool = True
    prompts: Prompts = ("outside-trying",)
    next: Target
    on_no_answer: Target

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.to and not self.extensions:
            raise PydanticCustomError("to", "nobody is rung: give numbers in `to`")
        return self


class Escalate(Part):
    """Hand the caller to a human agent (R2.1). `reason` defaults to how the caller came here: a key (caller_asked),
    silence (no_input), wrong keys (wrong_key), else flow. `wait_s`: how long the caller waits for one at most."""

    kind: Literal["escalate"]
    team: str | None = None
    skills: tuple[Target, ...] = Field((), max_length=10)
    priority: Annotated[int, Field(ge=0, le=9)] = 5
    wait_s: Annotated[int, Field(ge=5, le=1800)] | None = None
    reason: EscalationReason | None = None
    prompts: Prompts = ("please-hold",)
    next: Target
    on_nobody: Target


class Callback(Part):
    """Take and confirm a number and promise to call back. With `use_caller` the number that the caller calls from is
    offered first, where it is known."""

    kind: Literal["callback"]
    use_caller: bool = True
    same: Prompts = ("callback-same", "@caller", "callback-same-confirm")
    prompts: Prompts = ("callback-ask",)
    least: Annotated[int, Field(ge=1, le=20)] = 10
    most: Annotated[int, Field(ge=1, le=20)] = 13
    tries: Tries = 2
    wait_s: WaitS = 8
    gap_s: WaitS = 4
    wrong: Prompts = ("enter-again",)
    confirm: Prompts = ("callback-readback", "@number", "callback-confirm")
    thanks: Prompts = ("callback-thanks",)
    next: Target
    on_silence: Target


class Lookup(Part):
    """Ask the subscriber's own system over HTTPS, `limit_s` at most; its answer chooses among `answers`, anything else
    (another answer, a fault, no answer in time) is `otherwise`. `send`: what it is told. `prompts` play meanwhile."""

    kind: Literal["lookup"]
    url: Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?$", max_length=500)]
    method: Literal["GET", "POST"] = "GET"
    send: tuple[Literal["caller", "number", "digits"], ...] = ("number",)
    limit_s: Annotated[float, Field(ge=0.5, le=10)] = 2
    prompts: tuple[Prompt, ...] = Field((), max_length=7)
    answers: dict[Target, Target] = Field(min_length=1, max_length=30)
    otherwise: Target


class Goto(Part):
    """Go back to another node, unless the call was led back there `most` times already; then `then`. The only way back
    in a flow. A way back to an earlier node forgets the counts of later ones, like the counter of an inner loop."""

    kind: Literal["goto"]
    to: Target
    most: Annotated[int, Field(ge=1, le=20)] = 3
    then: Target


class Call(Part):
    """Go through another flow that is shared, and on by the exit that was taken there."""

    kind: Literal["call"]
    flow: Target
    exits: dict[Target, Target] = Field(min_length=1)


class Exit(Part):
    """The end of a shared flow: back to the flow that called it, by this exit."""

    kind: Literal["exit"]
    exit: Target = "done"


class Jump(Part):
    """Where a shared flow begins or ends, once it is linked. Written by nobody."""

    kind: Literal["jump"]
    next: Target


class Tag(Part):
    """Note facts about the call, for the report and for the case rules (`when: {tag: …}`)."""

    kind: Literal["tag"]
    tags: tuple[Target, ...] = Field(min_length=1, max_length=10)
    next: Target


class Hangup(Part):
    """Say goodbye and end the call. `reason` is kept with the case."""

    kind: Literal["hangup"]
    prompts: tuple[Prompt, ...] = Field(("bye",), max_length=7)
    reason: Target = "done"


Node = Annotated[
    Announce | Menu | Collect | Record | Hours | ChooseLanguage | Caller | TransferRequest | Ring | Escalate | Callback
    | Lookup | Goto | Call | Exit | Jump | Tag | Hangup,
    Field(discriminator="kind"),
]  # fmt: skip
