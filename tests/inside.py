"""An interpreter on a node's own data, kept open: `python -m tests.inside` with that node's environment.

One line of JSON in: code. One line of JSON out: what it printed, or how it failed. Starting Django takes seconds, and
tests ask a node many small things.
"""

import contextlib
import io
import json
import os
import sys
import traceback


def serve() -> None:
    """Run each line of code, until there are no more."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
    import django

    django.setup()
    from django.db import connections, reset_queries

    for line in sys.stdin:
        answer = _run(json.loads(line))
        reset_queries()
        connections.close_all()
        print(json.dumps(answer), file=sys.__stdout__, flush=True)


def _run(code: str) -> dict[str, str]:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, {})  # noqa: S102 - the test's own words
    except BaseException:  # noqa: BLE001 - told to the test, which fails with it
        return {"failed": traceback.format_exc()}
    return {"printed": printed.getvalue()}


if __name__ == "__main__":
    serve()
