"""The settings that cases are judged and counted by (R6, R7, R8): one part of `ServiceSettings`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool
from pydantic_core import PydanticCustomError

from smartdesk_pbx.contract.count import Count
from smartdesk_pbx.contract.hours import CLOSED_RIGHT, HOURS_RIGHT, read_closed, read_line
from smartdesk_pbx.errors import RuleBroken


def _hours(text: str) -> str:
    try:
        read_line(text)
    except RuleBroken as error:
        raise PydanticCustomError("hours", "{text}", {"text": str(error)}) from None
    return text


def _closed(text: str) -> str:
    try:
        read_closed(text)
    except RuleBroken as error:
        raise PydanticCustomError("closed_days", "{text}", {"text": str(error)}) from None
    return text


class CaseSettings(BaseModel):
    """Hours of answering, repeats, complaints, forbidden use, and what of a case the subscriber is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answering_hours: tuple[Annotated[str, AfterValidator(_hours)], ...] = Field(
        (), description=f"R7.4: hours of human answering; none: round the clock; {HOURS_RIGHT}"
    )
    closed_days: tuple[Annotated[str, AfterValidator(_closed)], ...] = Field(
        (), description=f"R7.4: days without human answering; {CLOSED_RIGHT}"
    )
    repeat_hours: Count = Field(
        24, ge=1, le=8784, description="R7.2: a call is a repeat within so many hours after the caller's last one"
    )
    repeat_after: Literal["answered", "human"] = Field(
        "answered", description="R7.2: which earlier call makes a repeat: any that was answered, or one with a human"
    )
    complaint_threshold: Count = Field(
        5, ge=1, le=999, description="R8.4: the N-th complaint about the subscriber is deemed a breach of Article 8.1"
    )
    complaint_window_days: Count = Field(
        30, ge=1, le=366, description="R8.4: within how many days complaints count together"
    )
    complaint_suspension: Literal["decision", "automatic"] = Field(
        "decision", description="R8.4: at the threshold operations decide on a suspension, or it is automatic"
    )
    forbidden_use_percent: Count = Field(
        20, ge=1, le=100, description="R8.3: at this share of calls of a forbidden use operations are told"
    )
    call_log: Literal["none", "summary", "full"] = Field(
        "summary", description="R6: the call log of a report: none, without callers' numbers and names, or with them"
    )
    recording_shown: StrictBool = Field(False, description="R6: the subscriber is given the recordings")
