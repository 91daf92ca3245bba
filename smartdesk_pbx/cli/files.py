"""Reading the files that a command names."""

from pathlib import Path

from smartdesk_pbx.errors import RuleBroken

LONGEST_BYTES = 1_000_000


def text_of(file: Path) -> str:
    """The text of a UTF-8 file. Raises `RuleBroken` when it cannot be read or is longer than anybody writes."""
    try:
        raw = file.read_bytes()
        if len(raw) > LONGEST_BYTES:
            raise RuleBroken(f"{file}: longer than {LONGEST_BYTES} bytes")
        return raw.decode("utf-8")
    except OSError as error:
        raise RuleBroken(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RuleBroken(f"{file}: not a text in UTF-8") from None
