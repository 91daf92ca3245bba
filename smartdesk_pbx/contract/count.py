"""Whole numbers as people write them in settings."""

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "write a number, not true or false")
    return value


Count = Annotated[int, BeforeValidator(_no_bool)]
"""A whole number; `true` is not read as 1, which would release an emergency number at the first request."""
