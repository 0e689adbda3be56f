"""The server's log: one JSON object a line, with no text, key or query value of a caller."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from typing import TextIO

Level = Literal["debug", "info", "warning", "error"]
FACTS = "facts"
"""Name of the attribute of a record whose values go into its line as they are."""
MAX_FRAMES = 12
MAX_MESSAGE_CHARS = 2000
_HANDLER = "menura-json"
_OF_CLIENTS = ("without completing handshake", "Invalid UTF-8 sequence")
"""What uvicorn says of a socket that was refused, and of one that sends what is no text."""


class Lines(logging.Formatter):
    """Formats a record as one line of JSON.

    Of an error it tells the kind and where it came from, but not its message: that may quote what
    a caller sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "time": when,
            "level": record.levelname.lower(),
            "event": record.getMessage().strip()[:MAX_MESSAGE_CHARS],
        }
        line |= getattr(record, FACTS, {})
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["error"] = type(error).__name__
            line["at"] = place_of(error)
        return json.dumps(line, default=str)


def _is_news(record: logging.LogRecord) -> bool:
    """Returns whether a record tells something: uvicorn takes mistakes of clients for its own."""
    message = record.getMessage()
    return not any(each in message for each in _OF_CLIENTS)


def place_of(error: BaseException) -> list[str]:
    """Returns where an error came from, the innermost place last: file, line, function."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def write_to(level: Level, stream: TextIO | None = None) -> None:
    """Writes the log of the server, and of what serves it, to a stream.

    Args:
        level: of what is written.
        stream: by default stderr.
    """
    handler = logging.StreamHandler(stream if stream is not None else sys.stderr)
    handler.set_name(_HANDLER)
    handler.setFormatter(Lines())
    handler.addFilter(_is_news)
    for name, lowest in (("menura.server", logging.DEBUG), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        for old in [h for h in logger.handlers if h.get_name() == _HANDLER]:
            logger.removeHandler(old)
        logger.addHandler(handler)
        logger.setLevel(max(lowest, logging.getLevelNamesMapping()[level.upper()]))
        logger.propagate = False
