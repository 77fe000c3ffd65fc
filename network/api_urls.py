"""Addresses of the directory under /api/v1/."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from network import api, api_contact, api_events, api_exports, api_quotes, api_trust

urlpatterns = [
    path("offers", api.Offers.as_view(), name="api_offers"),
    path("offers/<int:offer_id>", api.OfferDetail.as_view(), name="api_offer"),
    path("events", api_events.Events.as_view(), name="api_events"),
    path("events.geojson", api_events.EventsGeo.as_view(), name="api_events_geojson"),
    path("events/<int:event_id>", api_events.EventDetail.as_view(), name="api_event"),
    path("events/<int:event_id>/dates", api_events.EventDates.as_view(), name="api_event_dates"),
    path("events/<int:event_id>/dates/<str:slot>", api_events.EventDateDetail.as_view(), name="api_event_date"),
    path("quotes", api_quotes.Quotes.as_view(), name="api_quotes"),
    path("quotes/<int:quote_id>", api_quotes.QuoteDetail.as_view(), name="api_quote"),
    path("quotes/<int:quote_id>/answer", api_quotes.QuoteAnswer.as_view(), name="api_quote_answer"),
    path("quotes/<int:quote_id>/done", api_quotes.QuoteDone.as_view(), name="api_quote_done"),
    path("conversations", api_contact.Conversations.as_view(), name="api_conversations"),
    path("conversations/<int:conversation_id>", api_contact.ConversationDetail.as_view(), name="api_conversation"),
    path(
        "conversations/<int:conversation_id>/answer",
        api_contact.ConversationAnswer.as_view(),
        name="api_conversation_answer",
    ),
    path("places", api.Places.as_view(), name="api_places"),
    path("skills", api.Skills.as_view(), name="api_skills"),
    path("members/<int:member_id>", api.MemberDetail.as_view(), name="api_member"),
    path("members/<int:member_id>/trust", api_trust.MemberTrust.as_view(), name="api_member_trust"),
    path("export", api_exports.Exports.as_view(), name="api_exports"),
    path("export/<slug:name>", api_exports.ExportFile.as_view(), name="api_export"),
    path("node", api.Node.as_view(), name="api_node"),
    path("schema", SpectacularJSONAPIView.as_view(permission_classes=[]), name="api_schema"),
]
