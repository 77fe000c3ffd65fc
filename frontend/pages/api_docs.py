"""The API described on a page of our own, from the same OpenAPI description that programs read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from frontend.doors import show

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True)
class Call:
    """One operation, as the page shows it."""

    method: str
    path: str
    summary: str
    public: bool
    parameters: tuple[Parameter, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    name: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Description:
    title: str
    version: str
    groups: tuple[Group, ...]


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show every operation of the API."""
    return show(request, "api_docs/api_docs.html", {"api": description(), "schema": _schema_address()})


def _schema_address() -> str:
    try:
        return reverse("api_schema")
    except NoReverseMatch:
        return "/api/v1/schema"


@lru_cache(maxsize=1)
def description() -> Description:
    """Return the API as drf-spectacular describes it, sorted by subject. Made once: it cannot change while we run."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    calls: dict[str, list[Call]] = {}
    for path, item in sorted(schema["paths"].items()):
        for method, operation in _operations(item):
            calls.setdefault(_subject(path), []).append(_call(path, method, operation, schema))
    groups = tuple(Group(name, tuple(found)) for name, found in sorted(calls.items()))
    return Description(schema["info"]["title"], schema["info"]["version"], groups)


def _operations(item: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((method, item[method]) for method in METHODS if method in item)


def _subject(path: str) -> str:
    parts = [part for part in path.split("/") if part and part not in {"api", "v1"}]
    return parts[0] if parts else "/"


def _call(path: str, method: str, operation: Mapping[str, Any], schema: Mapping[str, Any]) -> Call:
    parameters = [_parameter(each) for each in operation.get("parameters", [])]
    return Call(
        method=method.upper(),
        path=path,
        summary=operation.get("summary") or operation.get("description", "").strip(),
        public=any(not each for each in operation.get("security", [])),
        parameters=(*parameters, *_body(operation, schema)),
        answers=tuple(sorted(operation.get("responses", {}))),
    )


def _parameter(each: Mapping[str, Any]) -> Parameter:
    return Parameter(
        each["name"], _type(each.get("schema", {})), bool(each.get("required")), each.get("description", "")
    )


def _body(operation: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Parameter]:
    """Yield the fields of a JSON body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    shape = _followed(content, schema)
    required = set(shape.get("required", []))
    for name, each in shape.get("properties", {}).items():
        yield Parameter(name, _type(_followed(each, schema)), name in required, each.get("description", ""))


def _followed(shape: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = shape.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"][name] if name else shape


def _type(shape: Mapping[str, Any]) -> str:
    return str(shape.get("format") or shape.get("type") or "object")
