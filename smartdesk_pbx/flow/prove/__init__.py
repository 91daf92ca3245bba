"""Proving a flow: an exhaustive search with `step`, the walker of every live call. Pure."""

from smartdesk_pbx.flow.prove.premises import MOST_STATES as MOST_STATES
from smartdesk_pbx.flow.prove.premises import Premises as Premises
from smartdesk_pbx.flow.prove.proof import Proof as Proof
from smartdesk_pbx.flow.prove.proof import prove as prove
from smartdesk_pbx.flow.prove.properties import Property as Property
