"""Where a call stands in a flow."""

from dataclasses import dataclass, replace
from typing import Literal

from msgspec import json

from smartdesk_pbx.contract.events import EscalationReason

Phase = Literal["", "confirm", "refused", "tell", "review", "anew", "same", "number", "thanks"]


@dataclass(frozen=True)
class Position:
    """Hashable, finite, and all that a later daemon needs to go on."""

    node: str
    phase: Phase = ""
    tries: int = 0
    """Tries used up at this node."""
    before: tuple[str, ...] = ()
    """Prompts that come first on this try, such as "that key is not in use"."""
    why: EscalationReason = "flow"
    """How the caller left the last menu, or "flow" once a goto was used up: the reason, if a human is needed now."""
    gone: tuple[tuple[str, int], ...] = ()
    """How often the call was led back to each node."""
    language: str = ""
    """The language that the caller chose; "" the one of the number."""

    def to(self, target: str, why: EscalationReason | None = None) -> "Position":
        """At another node."""
        return Position(target, why=why or self.why, gone=self.gone, language=self.language)

    def again(self, before: tuple[str, ...] = (), phase: Phase = "") -> "Position":
        """At the same node, with one try more."""
        return replace(self, phase=phase, tries=self.tries + 1, before=before)

    def on(self, phase: Phase) -> "Position":
        """At the same node, in another phase with fresh tries."""
        return replace(self, phase=phase, tries=0, before=())

    def encode(self) -> str:
        return json.encode(self).decode()

    @staticmethod
    def decode(text: str) -> "Position":
        return json.decode(text, type=Position)
