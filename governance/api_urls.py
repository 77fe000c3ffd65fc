"""Addresses of decisions under /api/v1/."""

from django.urls import path

from governance import (
    api,
    api_charter,
    api_consent,
    api_cooptation,
    api_elections,
    api_lots,
    api_polls,
    api_proxies,
)

urlpatterns = [
    path("assemblies", api.Assemblies.as_view(), name="api_assemblies"),
    path("assemblies/<int:assembly_id>", api.AssemblyDetail.as_view(), name="api_assembly"),
    path("assemblies/<int:assembly_id>/acts", api.Acts.as_view(), name="api_acts"),
    path("proposals", api.Proposals.as_view(), name="api_proposals"),
    path("proposals/<int:proposal_id>", api.ProposalDetail.as_view(), name="api_proposal"),
    path("elections", api_elections.Elections.as_view(), name="api_elections"),
    path("elections/<int:election_id>", api_elections.ElectionDetail.as_view(), name="api_election"),
    path("elections/<int:election_id>/agenda", api_elections.ElectionAgenda.as_view(), name="api_election_agenda"),
    path("lots", api_lots.Lots.as_view(), name="api_lots"),
    path("lots/<int:lot_id>", api_lots.LotDetail.as_view(), name="api_lot"),
    path("lots/<int:lot_id>/acts", api_lots.LotActs.as_view(), name="api_lot_acts"),
    path("polls", api_polls.Polls.as_view(), name="api_polls"),
    path("polls/<int:poll_id>", api_polls.PollDetail.as_view(), name="api_poll"),
    path("polls/<int:poll_id>/ballots", api_polls.Ballots.as_view(), name="api_ballots"),
    path("proposals/<int:proposal_id>/acts", api_consent.ProposalActs.as_view(), name="api_proposal_acts"),
    path("proposals/<int:proposal_id>/written", api_consent.InWriting.as_view(), name="api_proposal_written"),
    path("candidacies", api_cooptation.Candidacies.as_view(), name="api_candidacies"),
    path("candidacies/<int:candidacy_id>", api_cooptation.CandidacyDetail.as_view(), name="api_candidacy"),
    path("candidacies/<int:candidacy_id>/acts", api_cooptation.CandidacyActs.as_view(), name="api_candidacy_acts"),
    path("circles/<int:circle_id>/proxies", api_proxies.CircleProxies.as_view(), name="api_proxies"),
    path("proxies/<int:proxy_id>/end", api_proxies.EndProxy.as_view(), name="api_proxy_end"),
    path("register", api.Register.as_view(), name="api_register"),
    path("register/<int:seq>", api.RegisterEntry.as_view(), name="api_entry"),
    path("charter", api.CharterInForce.as_view(), name="api_charter"),
    path("charter/versions", api_charter.CharterVersions.as_view(), name="api_charter_versions"),
    path("charter/versions/<int:version>", api_charter.CharterVersion.as_view(), name="api_charter_version"),
    path("charter/diff", api_charter.CharterDiffDetail.as_view(), name="api_charter_diff"),
]
