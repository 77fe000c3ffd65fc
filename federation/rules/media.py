"""Media types of ActivityPub, as its section 3.2 names them."""

PROFILE = "https://www.w3.org/ns/activitystreams"
ACTIVITY_JSON = "application/activity+json"
LD_JSON = f'application/ld+json; profile="{PROFILE}"'
ACCEPT = f"{ACTIVITY_JSON}, {LD_JSON}"


def is_activity_type(content_type: str) -> bool:
    """Whether this Content-Type makes an ActivityPub document.

    >>> is_activity_type("application/activity+json; charset=utf-8")
    True
    >>> is_activity_type('application/ld+json; profile="https://www.w3.org/ns/activitystreams"')
    True
    >>> is_activity_type("application/ld+json"), is_activity_type("application/json")
    (False, False)
    """
    kind, *rest = content_type.split(";")
    kind = kind.strip().lower()
    if kind == ACTIVITY_JSON:
        return True
    return kind == "application/ld+json" and any(PROFILE in profile_of(part) for part in rest)


def profile_of(parameter: str) -> list[str]:
    """Return the addresses in a `profile="…"` parameter, none if it is another parameter.

    >>> profile_of(' profile="https://a.example/x https://b.example/y"')
    ['https://a.example/x', 'https://b.example/y']
    >>> profile_of("charset=utf-8")
    []
    """
    name, _, value = parameter.partition("=")
    return value.strip().strip('"').split() if name.strip().lower() == "profile" else []


def is_media_type(content_type: str, allowed: tuple[str, ...]) -> bool:
    """Whether `content_type`, parameters aside, is one of `allowed`.

    >>> is_media_type("application/JRD+json; charset=utf-8", ("application/jrd+json",))
    True
    """
    return content_type.split(";")[0].strip().lower() in allowed
