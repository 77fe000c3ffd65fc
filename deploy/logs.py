"""What log lines must not hold: a private link, an invitation or a token is a key for whoever reads the log."""

import logging
import re

__all__ = ["NoTokens"]

LINK = re.compile(r"/(echange|rejoindre)/[^/\s?#\"']+")
SECRET = re.compile(  # what an entry carries in addresses and headers
    r"([?&](?:code|state|nonce|code_verifier|access_token|id_token|client_secret|token)=)[^&\s\"']+"
    r"|\b((?:Bearer|Basic) )[A-Za-z0-9._~+/=-]{16,}"
)


class NoTokens(logging.Filter):
    """Write … where a line holds a token."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = SECRET.sub(lambda found: f"{found[1] or found[2]}…", LINK.sub(r"/\1/…", message))
        if clean != message:
            record.msg, record.args = clean, ()
        return True
