"""What the API reads: JSON (RFC 8259), no deeper than any request of ours: nobody's nesting exhausts the stack."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

__all__ = ["DEPTH", "ShallowJSONParser"]

DEPTH = 32  # objects and lists inside each other, as in messages between nodes


class ShallowJSONParser(JSONParser):
    """Raises ParseError for what is malformed or nested too deeply."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - whatever JSON holds
        try:
            found = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError from None
        level = [found]
        for _ in range(DEPTH):
            level = [part for each in level for part in _parts(each)]
            if not level:
                return found
        raise ParseError


def _parts(value: object) -> list[Any]:
    return [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
