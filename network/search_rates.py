"""How often one address may ask for what is dear: what anybody may read must not tire the node.

Each a minute for one address: 240 searches, 240 agendas, 240 places, 240 pages or files of members and offers, 240
trees of skills; 60 where trust itself is asked for, or where one looks from people one chose. Neighbours behind one
address and search engines stay far below. A hall that the operator named (HALL_NETWORKS) is not counted.
"""

from collections.abc import Mapping

from network.errors import TooOften
from network.rates import address_bucket, address_of, allow, is_shared

__all__ = ["spare"]

SEARCHES, SEARCH_SECONDS = 240, 60  # of one address; people who are logged in are not counted
MOST = {"trust": 60}  # where one answer costs more than a search: paths, and what would change them


def spare(meta: Mapping[str, str], what: str = "search", most: int = 0) -> None:
    """Count one question of an address; TooOften("too_often", retry_after=…) when there were more than `most` (0: what
    MOST says, else as of offers) a minute.

    Only the address is counted, apart for each `what`: what was searched is kept nowhere.
    """
    address = address_of(meta)
    if is_shared(address):
        return
    wait = allow(what, address_bucket(address), most or MOST.get(what, SEARCHES), SEARCH_SECONDS)
    if wait:
        raise TooOften("too_often", retry_after=wait)
