"""The page of an entry that is hidden here: that it is, since when and why, and nothing that its owner wrote."""

from django.http import HttpRequest, HttpResponseBase

from frontend.doors import private, show
from network.queries.moderators import Concealment

__all__ = ["concealed_page"]


def concealed_page(request: HttpRequest, concealed: Concealment, heading: str) -> HttpResponseBase:
    """Answer 410 where moderation hides the entry, 404 where its node is blocked or has departed.

    No cache keeps the answer: browsers keep a 410 for good, and what is hidden may be shown again.
    """
    status = 404 if concealed.by_node else 410
    context = {"concealed": concealed, "heading": heading}
    return private(show(request, "moderation/concealed.html", context, status=status))
