"""Addresses of the pages for people. Those of decisions are in `frontend.urls_governance`."""

from django.urls import include, path

from frontend import accounts
from frontend.pages import account, directory, first_run, home, members, nodes, offers, profile, trust

urlpatterns = [
    path("", home.home, name="home"),
    path("bienvenue", first_run.first_run, name="first_run"),
    path("langue", home.language, name="language"),
    path("accessibilite", home.accessibility, name="accessibility"),
    path("annuaire", directory.search, name="search"),
    path("competences", directory.skills, name="skills"),
    path("membres/<int:pk>", members.member, name="member"),
    path("membres/<int:pk>/confiance", trust.trust, name="trust"),
    path("membres/<int:pk>/attester", trust.vouch, name="vouch"),
    path("membres/<int:pk>/attester/retirer", trust.vouch_withdraw, name="vouch_withdraw"),
    path("offres/<int:pk>", offers.offer, name="offer"),
    path("compte", account.account, name="account"),
    path("compte/profil", profile.my_profile, name="my_profile"),
    path("compte/offres", offers.my_offers, name="my_offers"),
    path("compte/offres/nouvelle", offers.offer_new, name="offer_new"),
    path("compte/offres/<int:pk>", offers.offer_edit, name="offer_edit"),
    path("compte/offres/<int:pk>/retirer", offers.offer_withdraw, name="offer_withdraw"),
    path("compte/offres/<int:pk>/renouveler", offers.offer_renew, name="offer_renew"),
    path("compte/reperes", trust.anchors, name="anchors"),
    path("compte/invitations", account.invite, name="invite"),
    path("rejoindre/<str:token>", account.join, name="join"),
    path("compte/connexion", accounts.Login.as_view(), name="account_login"),
    path("compte/deconnexion", accounts.Logout.as_view(), name="account_logout"),
    path("compte/mot-de-passe", accounts.PasswordChange.as_view(), name="account_change_password"),
    path("noeuds", nodes.nodes, name="nodes"),
    path("", include("frontend.urls_governance")),
]
