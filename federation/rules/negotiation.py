"""One address, two faces: which of them an Accept header prefers (RFC 9110, 12.5.1)."""

__all__ = ["prefers_html"]

DOCUMENTS = ("application/activity+json", "application/ld+json", "application/json")


def prefers_html(accept: str) -> bool:
    """Whether this Accept header ranks text/html above the document types.

    >>> prefers_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    True
    >>> prefers_html("application/activity+json, text/html;q=0.5"), prefers_html("*/*"), prefers_html("")
    (False, False, False)
    """
    ranks = dict(_ranked(part) for part in accept.lower().split(",") if part.strip())
    html = max(ranks.get("text/html", 0.0), ranks.get("application/xhtml+xml", 0.0))
    return html > max((ranks.get(kind, 0.0) for kind in DOCUMENTS), default=0.0)


def _ranked(part: str) -> tuple[str, float]:
    kind, *parameters = (word.strip() for word in part.split(";"))
    written = next((word[2:] for word in parameters if word.startswith("q=")), "1")
    try:
        return kind, min(max(float(written), 0.0), 1.0)
    except ValueError:
        return kind, 0.0
