"""Trial phones: real SIP phones with an ear, for the demo, test calls and tests."""

from smartdesk_pbx.trial.caller import Caller
from smartdesk_pbx.trial.ear import Ear, Heard, NotHeard
from smartdesk_pbx.trial.line import Ending, NotSoFar
from smartdesk_pbx.trial.sipp import Sipp
from smartdesk_pbx.trial.softphone import Incoming, NotRegistered, Softphone

__all__ = ["Caller", "Ear", "Ending", "Heard", "Incoming", "NotHeard", "NotRegistered", "NotSoFar", "Sipp", "Softphone"]
