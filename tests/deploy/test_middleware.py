"""Answers to a person are not kept by caches; answers to everybody may be."""

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpResponse
from django.test import RequestFactory

from deploy.middleware import PersonalPages


def answer(*, logged_in: bool, looked: bool = True, headers: dict[str, str] | None = None) -> HttpResponse:
    """Pass one answer through the middleware, for a session that the page did or did not look at."""
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.session.update({"_auth_user_id": "1"} if logged_in else {})
    request.session.accessed = looked
    return PersonalPages(lambda _: HttpResponse("x", headers=headers))(request)


def test_a_personal_answer_is_never_stored() -> None:
    assert set(answer(logged_in=True)["Cache-Control"].split(", ")) == {"private", "no-store"}


@pytest.mark.parametrize(("logged_in", "looked"), [(False, True), (True, False)])
def test_an_answer_for_everybody_is_left_alone(logged_in: bool, looked: bool) -> None:
    assert not answer(logged_in=logged_in, looked=looked).has_header("Cache-Control")


def test_a_page_that_decided_otherwise_is_left_alone() -> None:
    found = answer(logged_in=True, headers={"Cache-Control": "public, max-age=60"})
    assert found["Cache-Control"] == "public, max-age=60"
