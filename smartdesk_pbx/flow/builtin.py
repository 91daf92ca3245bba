"""The flow that comes with the software and is published by nobody."""

from functools import cache

from smartdesk_pbx.flow.load import load
from smartdesk_pbx.flow.tree import Tree
from smartdesk_pbx.settings import share

ANSWERING_ONLY = "answering-only"
UNPUBLISHED = 0
"""Its version: published ones count from 1."""


@cache
def answering_only() -> Tree:
    """R2.1: what callers meet where voice guidance is not agreed or suspended: a greeting, then a human."""
    return load(share("dialplans") / "flows" / f"{ANSWERING_ONLY}.yaml")
