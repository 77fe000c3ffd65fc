"""The page of an entry that is hidden here: that it is, since when and why, and nothing that its owner wrote."""

from django.http import HttpRequest, HttpResponse

from frontend.doors import show
from network.queries.moderators import Concealment

__all__ = ["concealed_page"]


def concealed_page(request: HttpRequest, concealed: Concealment, heading: str) -> HttpResponse:
    """Answer 410 where moderation hides the entry, 404 where its node is blocked or has departed."""
    status = 404 if concealed.by_node else 410
    return show(request, "moderation/concealed.html", {"concealed": concealed, "heading": heading}, status=status)
