"""Addresses of the directory under /api/v1/."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from network import api, api_exports, api_quotes

urlpatterns = [
    path("offers", api.Offers.as_view(), name="api_offers"),
    path("offers/<int:offer_id>", api.OfferDetail.as_view(), name="api_offer"),
    path("quotes", api_quotes.Quotes.as_view(), name="api_quotes"),
    path("quotes/<int:quote_id>", api_quotes.QuoteDetail.as_view(), name="api_quote"),
    path("quotes/<int:quote_id>/answer", api_quotes.QuoteAnswer.as_view(), name="api_quote_answer"),
    path("places", api.Places.as_view(), name="api_places"),
    path("skills", api.Skills.as_view(), name="api_skills"),
    path("members/<int:member_id>", api.MemberDetail.as_view(), name="api_member"),
    path("export", api_exports.Exports.as_view(), name="api_exports"),
    path("export/<slug:name>", api_exports.ExportFile.as_view(), name="api_export"),
    path("node", api.Node.as_view(), name="api_node"),
    path("schema", SpectacularJSONAPIView.as_view(permission_classes=[]), name="api_schema"),
]
