"""What log lines must not hold: a private link or an invitation is a key, whoever reads the log could use it."""

import logging
import re

__all__ = ["NoTokens"]

LINK = re.compile(r"/(echange|rejoindre)/[^/\s?#\"']+")


class NoTokens(logging.Filter):
    """Write … where a path holds a token."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = LINK.sub(r"/\1/…", message)
        if clean != message:
            record.msg, record.args = clean, ()
        return True
