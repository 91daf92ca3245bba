"""smartdesk_pbx: the switchboard of a telephone answering bureau, on a real Asterisk."""

__version__ = "0.1.0"
