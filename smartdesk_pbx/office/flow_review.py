"""What `flow check` says of a flow beyond its mistakes, with the prompts of this installation."""

from smartdesk_pbx.audio.texts import known_languages, texts
from smartdesk_pbx.flow.load import Loaded
from smartdesk_pbx.flow.review import Finding, findings
from smartdesk_pbx.office.flow_prove import Lengths
from smartdesk_pbx.settings import Settings


def reviewed(settings: Settings, flow: Loaded) -> list[Finding]:
    """All findings, in the order of the lines. Raises `Mistakes` for prompts that cannot be read."""
    known = set(known_languages(settings))
    said = {language: texts(settings, language) for language in flow.tree.languages if language in known}
    return findings(flow, said, Lengths(settings))
