"""R4.1, R27: an application as a person writes it: who applies, for what, what they consented to, declared. Pure.

The law (犯罪収益移転防止法) asks for name, address, purpose and business; of a person also for the date of birth,
of a corporation for the one who acts for it.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from smartdesk_pbx.contract.document import Document, nearest, read
from smartdesk_pbx.contract.numbers import checked
from smartdesk_pbx.contract.settings import faults
from smartdesk_pbx.errors import RuleBroken

Line = Annotated[str, Field(min_length=1, max_length=200)]
Mail = Annotated[str, Field(pattern=r"^[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>]+$", max_length=200)]
Short = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _phone(text: str) -> str:
    try:
        return checked(text)
    except RuleBroken as error:
        raise ValueError(str(error).removeprefix("number: ")) from None


class Applicant(_Part):
    """Who applies. Telephone numbers are E.164 once read."""

    kind: Literal["corporation", "individual"]
    name: Line
    name_kana: Line
    representative: Line | None = None
    contact: Line | None = None
    born_on: date | None = None
    postal_code: str = Field(pattern=r"^[0-9]{3}-?[0-9]{4}$")
    address: Line
    phone: str
    mail: Mail
    business: Line
    purpose: Line

    _read_phone = field_validator("phone")(_phone)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "corporation" and self.representative is None:
            raise ValueError("'representative' is missing: who acts for the corporation")
        if self.kind == "individual" and self.born_on is None:
            raise ValueError("'born_on' is missing: a person's date of birth")
        return self


class Service(_Part):
    """What is wanted: the name agents give, and where the subscriber is reached."""

    announced_name: Line
    announced_reading: str = Field("", max_length=200)
    language: Literal["ja", "en"] = "ja"
    emergency_number: str | None = None
    notify: tuple[Mail, ...] = ()

    @field_validator("emergency_number")
    @classmethod
    def _read_emergency(cls, text: str | None) -> str | None:
        return None if text is None else _phone(text)


class Consent(_Part):
    """R4.1: consent to one version of the terms: which, when, who."""

    terms: Annotated[str, Field(min_length=1, max_length=40)]
    by: Line
    at: AwareDatetime | None = None
    """None: now."""


class Declaration(_Part):
    """R27: that the applicant has nothing to do with antisocial forces, and keeps to Article 27."""

    declared: Literal[True]
    by: Line


class Application(_Part):
    """The whole form."""

    subscriber: Short
    plan: Short
    starts_on: date | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    applicant: Applicant
    service: Service
    consent: Consent
    antisocial: Declaration


def application_from_yaml(text: str, name: str) -> Application:
    """Read an application. Raises `Mistakes`: all of them, each with `name:line`."""
    document = read(text, name)
    form = None
    try:
        form = Application.model_validate(document.content, strict=False)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            _note(document, found["type"], found["loc"], found["msg"])
    settings = document.content.get("settings") if isinstance(document.content, dict) else None
    for fault in faults(settings) if isinstance(settings, dict) else ():
        document.wrong(("settings", *fault.loc), fault.wrong, fault.right)
    document.stop()
    assert form is not None
    return form


def consented_at(form: Application, now: datetime) -> datetime:
    """When consent was given. Raises `RuleBroken` for a time that lies ahead."""
    at = form.consent.at or now
    if at > now:
        raise RuleBroken(f"consent.at: {at.isoformat()} lies ahead")
    return at


def _note(document: Document, kind: str, loc: tuple[str | int, ...], message: str) -> None:
    if not loc:
        document.wrong(loc, "this is not a list of keys and values", "see: smartdesk application form")
    elif kind == "missing":
        document.wrong(loc, f"{'.'.join(map(str, loc))} is missing", "see: smartdesk application form")
    elif kind == "extra_forbidden":
        document.wrong(loc, f"unknown key {loc[-1]!r}", nearest(str(loc[-1]), _keys(loc)))
    elif loc == ("antisocial", "declared"):
        document.wrong(loc, "without the declaration of Article 27 no application is taken", "declared: true")
    else:
        said = _RIGHT.get(str(loc[-1]), "") if kind == "string_pattern_mismatch" else ""
        wrong = "not written like this" if said else message.removeprefix("Value error, ")
        document.wrong(loc, f"{'.'.join(map(str, loc))}: {wrong}", said)


_RIGHT = {
    "subscriber": "a short name: small letters, digits, hyphens",
    "plan": "the plan's short name",
    "postal_code": "100-0001",
    "mail": "name@example.jp",
}


def _keys(loc: tuple[str | int, ...]) -> list[str]:
    parts: dict[str, type[BaseModel]] = {
        "applicant": Applicant, "service": Service, "consent": Consent, "antisocial": Declaration,
    }  # fmt: skip
    model = parts.get(str(loc[0]), Application) if len(loc) > 1 else Application
    return list(model.model_fields)


FORM = """\
# 利用申込（記入して: smartdesk application add FILE）
subscriber: aozora              # short name: small letters, digits, hyphens
plan: standard
# starts_on: "2026-12-01"       # R11; without it the contract starts on the day it is formed
# settings: {term_months: 24}   # R3: what was agreed beyond the plan
applicant:
  kind: corporation             # or individual (then born_on: "1980-01-31")
  name: 株式会社あおぞら
  name_kana: カブシキガイシャアオゾラ
  representative: 青空 太郎
  contact: 青空 花子
  postal_code: 100-0001
  address: 東京都千代田区千代田1-1-1
  phone: 03-1234-5101
  mail: office@aozora.example
  business: 文具の卸売
  purpose: 代表電話の受電代行
service:
  announced_name: あおぞら文具
  announced_reading: アオゾラブング
  emergency_number: 03-1234-5102   # 緊急先電話番号; may be left out
  notify: [office@aozora.example]
consent:
  terms: "2024-01-01"
  by: 青空 太郎
  # at: "2026-11-22T10:00:00+09:00"   # left out: now
antisocial:
  declared: true                # 第27条の表明・保証・誓約
  by: 青空 太郎
"""
"""What `smartdesk application form` prints; as it stands it is a valid application."""
