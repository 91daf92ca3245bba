"""The small parts of which nodes are made: names, prompts, keys, numbers, limits."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

NAME = r"[a-z0-9][a-z0-9-]{0,39}"
DEEPEST = 5
"""How deep shared flows may call one another."""

PLACEHOLDERS = ("@name", "@number", "@caller", "@time", "@day", "@opens")

Target = Annotated[str, Field(pattern=rf"^{NAME}(\.{NAME}){{0,{DEEPEST}}}$")]
"""A name. With dots: a node of a shared flow, once it is linked."""
Prompt = Annotated[str, Field(pattern=rf"^({'|'.join(PLACEHOLDERS)}|{NAME})$")]
Prompts = Annotated[tuple[Prompt, ...], Field(min_length=1, max_length=7)]
Key = Annotated[str, Field(pattern=r"^[0-9*#A-D]$")]
Tries = Annotated[int, Field(ge=1, le=5)]
WaitS = Annotated[float, Field(ge=1, le=30)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{5,14}$")]
Prefix = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{0,14}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Mask = Annotated[str, Field(pattern=r"^[0-9x]{1,20}$")]
"""Digits as they must be, `x` for any one."""


class Part(BaseModel):
    """What a person writes in a flow."""

    model_config = ConfigDict(frozen=True, extra="forbid")
