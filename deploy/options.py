"""Options of `manage.py` that settings depend on, read before Django loads them."""

from collections.abc import MutableMapping, Sequence

VARIABLES = {"--data": "TOILE_DATA", "--origin": "TOILE_ORIGIN", "--port": "TOILE_PORT"}


def options_to_environment(argv: Sequence[str], environ: MutableMapping[str, str]) -> None:
    """Write `--data`, `--origin` and `--port` into `environ`; a port alone gives the origin.

    >>> env = {}
    >>> options_to_environment(["manage.py", "node", "--port=8001", "--data", "d"], env)
    >>> env["TOILE_PORT"], env["TOILE_DATA"], env["TOILE_ORIGIN"]
    ('8001', 'd', 'http://localhost:8001')
    """
    words = [part for word in argv[2:] for part in word.split("=", 1)]
    given = {VARIABLES[name]: value for name, value in zip(words, words[1:], strict=False) if name in VARIABLES}
    environ.update(given)
    if "TOILE_PORT" in given and not environ.get("TOILE_ORIGIN"):
        environ["TOILE_ORIGIN"] = f"http://localhost:{given['TOILE_PORT']}"
