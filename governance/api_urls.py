"""Addresses of decisions under /api/v1/."""

from django.urls import path

from governance import api

urlpatterns = [
    path("assemblies", api.Assemblies.as_view(), name="api_assemblies"),
    path("assemblies/<int:assembly_id>", api.AssemblyDetail.as_view(), name="api_assembly"),
    path("assemblies/<int:assembly_id>/acts", api.Acts.as_view(), name="api_acts"),
    path("proposals", api.Proposals.as_view(), name="api_proposals"),
    path("proposals/<int:proposal_id>", api.ProposalDetail.as_view(), name="api_proposal"),
    path("register", api.Register.as_view(), name="api_register"),
    path("register/<int:seq>", api.RegisterEntry.as_view(), name="api_entry"),
    path("charter", api.CharterInForce.as_view(), name="api_charter"),
]
