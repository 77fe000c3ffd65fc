"""`python -m deploy.alive [--worker]`: end with 0 if this machine's web process answers, or if the worker gave a sign.

For the health checks of the image: loads nothing of Django.
"""

import os
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

SILENCE_SECONDS = 60.0


def web_answers(port: int, host: str) -> bool:
    """Tell whether 127.0.0.1:`port` answers 200 at /healthz when asked as `host`."""
    link = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("GET", "/healthz", headers={"Host": host})
        return link.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        link.close()


def worker_gave_a_sign(data: Path) -> bool:
    """Tell whether the note that broker, timetable and worker write together is fresh."""
    note = data / "worker.heartbeat"
    return note.exists() and time.time() - note.stat().st_mtime < SILENCE_SECONDS


def main() -> bool:
    if "--worker" in sys.argv:
        return worker_gave_a_sign(Path(os.environ.get("TOILE_DATA", "data")))
    origin = os.environ.get("TOILE_ORIGIN", "http://localhost:8000")
    return web_answers(int(os.environ.get("TOILE_PORT", "8000")), urlsplit(origin).netloc)


if __name__ == "__main__":
    sys.exit(not main())
