"""The one place where the two databases want a different question for the same answer."""

from django.db import connection
from django.db.models import Q

AFTER_Z = "{"  # the ASCII character after "z"


def begins_with(field: str, prefix: str) -> Q:
    """Return the condition "the column begins with `prefix`" (folded text), in the form that an index answers.

    SQLite compares bytes, so a range does it. PostgreSQL compares by language, and keeps a pattern index for it.
    """
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + AFTER_Z})
    return Q(**{f"{field}__startswith": prefix})
