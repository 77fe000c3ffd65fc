"""Every address of a node. Federation's come first: they are fixed by ids already given out."""

from django.urls import include, path, re_path

from network.api_problems import UnknownAddress

urlpatterns = [
    path("", include("federation.urls")),
    path("api/v1/", include("network.api_urls")),
    path("api/v1/", include("governance.api_urls")),
    re_path(r"^api/v1/", UnknownAddress.as_view()),  # the API answers for what it does not have
    path("", include("frontend.urls")),
]

handler400 = "frontend.pages.errors.bad_request"
handler403 = "frontend.pages.errors.forbidden"
handler404 = "frontend.pages.errors.not_found"
handler500 = "frontend.pages.errors.broken"
