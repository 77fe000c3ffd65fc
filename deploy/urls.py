"""Every address of a node. Federation's come first: they are fixed by ids already given out."""

from django.urls import include, path

urlpatterns = [
    path("", include("federation.urls")),
    path("api/v1/", include("network.api_urls")),
    path("api/v1/", include("governance.api_urls")),
    path("", include("frontend.urls")),
]
