"""Addresses of the pages about decisions: propositions, assemblies, register, charter, circles, API description."""

from django.urls import path

from frontend.pages import api_docs, assemblies, charter, circles, propositions, register, room

urlpatterns = [
    path("propositions", propositions.listing, name="propositions"),
    path("propositions/nouvelle", propositions.new, name="proposition_new"),
    path("propositions/<int:pk>", propositions.proposition, name="proposition"),
    path("propositions/<int:pk>/modifier", propositions.edit, name="proposition_edit"),
    path("assemblees", assemblies.listing, name="assemblies"),
    path("assemblees/nouvelle", assemblies.new, name="assembly_new"),
    path("assemblees/<int:pk>", room.room, name="assembly"),
    path("assemblees/<int:pk>/acte", room.act, name="assembly_act"),
    path("assemblees/<int:pk>/acte/<slug:kind>", room.act_page, name="assembly_act_page"),
    path("assemblees/<int:pk>/ecran", room.hall, name="assembly_hall"),
    path("assemblees/<int:pk>/compte-rendu", assemblies.minutes, name="minutes"),
    path("registre", register.listing, name="register"),
    path("registre/<int:seq>", register.entry, name="register_entry"),
    path("charte", charter.charter, name="charter"),
    path("cercles", circles.listing, name="circles"),
    path("cercles/nouveau", circles.new, name="circle_new"),
    path("cercles/<int:pk>/membres", circles.member, name="circle_member"),
    path("cercles/<int:pk>/mandats", circles.mandate, name="circle_mandate"),
    path("api", api_docs.api_docs, name="api_docs"),
]
