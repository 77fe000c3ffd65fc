"""A room on a node of another process: run with `manage.py shell -c "from tests.security.rooms import furnish; …"`.

Prints one line of JSON: the room, and a session for each of the cast of `tests/governance/conftest.py`.
"""

import json

from network.models import Account
from tests.factories import session_of
from tests.governance.conftest import make_cast

__all__ = ["furnish", "session_of"]


def furnish() -> None:
    """Make the cast, and their assembly, open."""
    cast = make_cast()
    cast.convene()
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.bachir, "open")
    sessions = {account.username: session_of(account) for account in Account.objects.all()}
    print(json.dumps({"assembly": cast.assembly.pk, "sessions": sessions}))
