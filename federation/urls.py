"""Addresses of the exchange. They are ids already given out: none may ever change."""

from django.urls import path

from federation.views import collections, inboxes, objects, signin, wellknown

ACTORS = (("actor", objects.node), ("u/<str:handle>", objects.member), ("g/<str:slug>", objects.collective))
OFFER = "p/<str:key>"
EVENT = "e/<str:key>/<str:slot>"
ATTESTATION, MEMBERSHIP, DECISION = "att/<str:key>", "mem/<str:key>", "g/<str:slug>/decisions/<int:seq>"
WORDS = ("create", "create/<int:revision>", "update/<int:revision>", "delete")

urlpatterns = [
    path(".well-known/webfinger", wellknown.webfinger, name="webfinger"),
    path(".well-known/host-meta", wellknown.host_meta, name="host_meta"),
    path(".well-known/nodeinfo", wellknown.nodeinfo_links, name="nodeinfo_links"),
    path("nodeinfo/<str:version>", wellknown.nodeinfo, name="nodeinfo"),
    path(".well-known/openid-configuration", signin.configuration, name="signin_configuration"),
    path(".well-known/oauth-authorization-server", signin.configuration),
    path("entrer/cles", signin.keys, name="signin_keys"),
    path("entrer/logiciels", signin.register, name="signin_register"),
    path("entrer/jeton", signin.token, name="signin_token"),
    path("entrer/jeton/retirer", signin.revoke, name="signin_revoke"),
    path("entrer/qui", signin.who, name="signin_who"),
    path("entrer/signer", signin.sign, name="signin_sign"),
    path("inbox", inboxes.inbox, name="shared_inbox"),
    path("a/<str:key>", objects.activity),
    path("agreements/<str:key>", objects.agreement),
    path("skills/<slug:slug>", objects.skill, name="skill_document"),
    path(OFFER, objects.offer, name="offer_document"),
    path(f"{OFFER}/note", objects.note),
    path(EVENT, objects.event),
    path(ATTESTATION, objects.attestation),
    path(MEMBERSHIP, objects.membership),
    path(DECISION, objects.decision),
    path("g/<str:slug>/heads/<str:span>", objects.head),
]
for base, view in ACTORS:
    urlpatterns += [
        path(base, view),
        path(f"{base}/inbox", inboxes.inbox),
        path(f"{base}/outbox", collections.outbox),
        path(f"{base}/offers", collections.offers),
        path(f"{base}/followers", collections.followers),
        path(f"{base}/following", collections.following),
        path(f"{base}/update/<int:revision>", objects.activity),
        path(f"{base}/delete", objects.activity),
    ]
urlpatterns.append(path("actor/attestations", collections.attestations))
urlpatterns.append(path("g/<str:slug>/members", collections.members))
for base in (OFFER, f"{OFFER}/note", EVENT, ATTESTATION, MEMBERSHIP, DECISION):
    urlpatterns += [path(f"{base}/{word}", objects.activity) for word in WORDS]
