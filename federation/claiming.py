"""Whether the front page of an entry's own website shows a member's code: the proof that they can write there.

The page goes through the window (client.py), like everything that is read outside.
"""

import logging

from federation import client
from federation.errors import OriginError, Unreachable
from federation.rules.origins import host_of, port_of
from network.actions.claims import take_proven_entry
from network.errors import NotFound, WrongState
from network.models import Claim, Member
from network.queries.claims import site_proof

__all__ = ["claim_by_website"]

log = logging.getLogger("toile.federation")

TYPES = ("text/html", "application/xhtml+xml", "text/plain")
USUAL_PORTS = {80, 443}


def claim_by_website(*, actor: Member, member_id: int) -> Claim:
    """Give an unclaimed entry to a member whose code its website shows.

    Talks to that site first, outside any transaction (some seconds). Raises NotFound("member_unknown") where nothing
    can be proved so, WrongState("site_unread", "site_elsewhere", "code_not_found"), and as `take_proven_entry`.
    """
    proof = site_proof(member_id, actor=actor)
    if proof is None:
        raise NotFound("member_unknown")
    try:
        at, raw = _page(proof.address)
    except Unreachable as error:
        log.info("website of entry %s unread: %s", member_id, error)
        raise WrongState("site_unread", site=proof.address) from error
    if not _same_site(at, proof.address):
        raise WrongState("site_elsewhere", site=proof.address, elsewhere=at)
    if proof.code.encode() not in raw:
        raise WrongState("code_not_found", site=proof.address)
    return take_proven_entry(actor=actor, member_id=member_id, address=proof.address)


def _page(address: str) -> tuple[str, bytes]:
    """Return the address that answered, and the page; one listed as http is asked for over https, where need be."""
    try:
        at, raw, _age = client.get_text(address, media_types=TYPES)
    except Unreachable as error:
        if error.code != "scheme":
            raise
        at, raw, _age = client.get_text("https://" + address.partition("://")[2], media_types=TYPES)
    return at, raw


def _same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one host, with or without `www.`: a site that now leads elsewhere proves nothing.

    >>> _same_site("https://www.a.example/fr/", "http://a.example"), _same_site("https://b.example/", "https://a.example")
    (True, False)
    >>> _same_site("https://a.example:8443/", "https://a.example/")
    False
    """
    try:
        ports = {port_of(one), port_of(other)}
        same_host = host_of(one).removeprefix("www.") == host_of(other).removeprefix("www.")
    except OriginError:
        return False
    return same_host and (len(ports) == 1 or ports <= USUAL_PORTS)
