"""A price table as a person writes it (YAML), every mistake with its file and line. Pure."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from smartdesk_pbx.billing.prices import INCLUDED, NOT_CHARGED, Allowance, Extra, MonthlyFee, Prices, Step
from smartdesk_pbx.billing.tax import Tax
from smartdesk_pbx.contract.document import Document, Loc, nearest, read
from smartdesk_pbx.contract.month import Month
from smartdesk_pbx.contract.settings import Part
from smartdesk_pbx.errors import RuleBroken

_RESERVED = (INCLUDED, NOT_CHARGED, "early-termination", "late-interest")


def _whole(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        raise PydanticCustomError("whole", "write a whole number")
    return value


def _tax(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Yen = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=100_000_000)]
Units = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=1_000_000)]
Category = Annotated[Tax, BeforeValidator(_tax)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=80)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class _Fee(_Part):
    code: Code
    text: Text
    yen: Yen
    tax: Category | None = None
    part: Part | None = None
    once: bool = False


class _Step(_Part):
    yen: Yen
    units: Annotated[Units, Field(ge=1)] | None = None
    text: Text | None = None


class _Cases(_Part):
    included: Units
    text: Text = "請求対象案件"
    tax: Category | None = None
    beyond: list[_Step] = Field(min_length=1)


class _Allowance(_Part):
    code: Code
    text: Text
    units: Units
    classes: Annotated[list[Code], BeforeValidator(_listed)] = []


class _Extra(_Part):
    code: Code
    text: Text
    yen: Yen
    tax: Category | None = None


class _File(_Part):
    plan: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    valid_from: str = Field(alias="from")
    tax: Category
    cases: _Cases
    fees: list[_Fee] = []
    allowances: list[_Allowance] = []
    surcharges: list[_Extra] = []
    options: list[_Extra] = []


def prices_from_yaml(text: str, name: str) -> Prices:
    """Read a price table. Raises `Mistakes`: all of them, each with `name:line`."""
    document = read(text, name)
    parsed: _File | None = None
    try:
        parsed = _File.model_validate(document.content)
    except ValidationError as error:
        _note(document, error)
    _check_month(document)
    _check_steps(document)
    _check_codes(document)
    document.stop()
    assert parsed is not None
    return _prices(parsed)


def _note(document: Document, error: ValidationError) -> None:
    for found in error.errors(include_url=False):
        loc, wrong, right = found["loc"], f"{'.'.join(map(str, found['loc']))}: {found['msg']}", ""
        if not loc:
            wrong, right = "this is not a list of keys and values", "it needs " + ", ".join(_keys(()))
        elif found["type"] == "missing":
            wrong = f"{loc[-1]!r} is missing"
        elif found["type"] == "extra_forbidden":
            wrong, right = f"unknown key {loc[-1]!r}", nearest(str(loc[-1]), _keys(loc[:-1]))
        document.wrong(loc, wrong, right)


_MODELS: dict[tuple[str, ...], type[BaseModel]] = {
    (): _File, ("cases",): _Cases, ("cases", "beyond"): _Step, ("fees",): _Fee, ("allowances",): _Allowance,
    ("surcharges",): _Extra, ("options",): _Extra,
}  # fmt: skip


def _keys(loc: Loc) -> list[str]:
    model = _MODELS[tuple(part for part in loc if isinstance(part, str))]
    return [field.alias or name for name, field in model.model_fields.items()]


def _check_month(document: Document) -> None:
    written = document.content.get("from") if isinstance(document.content, dict) else None
    if isinstance(written, str):
        try:
            Month.parse(written)
        except RuleBroken as error:
            document.wrong(("from",), str(error))


def _check_steps(document: Document) -> None:
    for i, step in enumerate(steps := _listed_at(document.content, "cases", "beyond")):
        last = i == len(steps) - 1
        if last and step.get("units") is not None:
            document.wrong(
                ("cases", "beyond", i, "units"),
                "after these units no price is left",
                "leave `units` out of the last step",
            )
        if not last and step.get("units") is None:
            right = "write for how many `units` it holds"
            document.wrong(("cases", "beyond", i), "no step after this one is ever reached", right)


def _check_codes(document: Document) -> None:
    first: dict[str, str] = {}
    for group in ("fees", "allowances", "surcharges", "options"):
        for i, one in enumerate(_listed_at(document.content, group)):
            code, loc = one.get("code"), (group, i, "code")
            if not isinstance(code, str):
                continue
            if code in _RESERVED or code.startswith("over-"):
                document.wrong(loc, f"code {code!r} is used by the software itself", "choose another one")
            elif code in first:
                document.wrong(loc, f"code {code!r} is written twice", f"first at {first[code]}")
            first.setdefault(code, document.where(loc))


def _listed_at(content: Any, *path: str) -> list[dict[str, Any]]:
    """The mappings of a list that may still hold other mistakes."""
    for key in path:
        content = content.get(key) if isinstance(content, dict) else None
    return [one if isinstance(one, dict) else {} for one in content] if isinstance(content, list) else []


def _prices(file: _File) -> Prices:
    cases = file.cases
    return Prices(
        plan=file.plan,
        valid_from=file.valid_from,
        included=cases.included,
        cases_text=cases.text,
        cases_tax=cases.tax or file.tax,
        steps=tuple(Step(f"over-{i + 1}", s.yen, s.units, s.text or "") for i, s in enumerate(cases.beyond)),
        fees=tuple(MonthlyFee(f.code, f.text, f.yen, f.tax or file.tax, f.part, f.once) for f in file.fees),
        allowances=tuple(Allowance(a.code, a.text, a.units, tuple(a.classes)) for a in file.allowances),
        surcharges=tuple(Extra(s.code, s.text, s.yen, s.tax or file.tax) for s in file.surcharges),
        options=tuple(Extra(o.code, o.text, o.yen, o.tax or file.tax) for o in file.options),
    )
