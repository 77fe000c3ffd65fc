"""Words for the values that rows hold, and the sentences about trust and freshness. Pages and templates use these."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from network.queries.freshness import delays
from network.queries.offers import place_of
from network.rules.markdown import clean_html, to_html
from network.rules.places import fold

Words = Mapping[str, Promise]

KINDS: Words = {
    "person": _("personne"),
    "association": _("association"),
    "company": _("entreprise"),
    "collective": _("collectif"),
    "public_body": _("organisme public"),
}
OPENINGS: Words = {
    "open": _("disponible"),
    "waiting": _("sur liste d’attente"),
    "closed": _("ne prend plus de demandes"),
}
PURPOSES: Words = {"offer": pgettext_lazy("purpose", "offre"), "request": pgettext_lazy("purpose", "demande")}
PRICES: Words = {
    "hourly": _("à l’heure"),
    "fixed": _("forfait"),
    "prix_libre": _("prix libre"),
    "gift": _("don"),
    "barter": _("troc"),
}
ACCESSES: Words = {
    "step_free": _("sans marche"),
    "home_visit": _("visite à domicile"),
    "remote": _("à distance"),
    "easy_read": _("documents faciles à lire"),
    "phone": _("par téléphone"),
    "sign_language": _("en langue des signes"),
}
AREAS: Words = {
    "circle": _("autour du lieu"),
    "country": _("dans tout le pays"),
    "on_site": _("sur place seulement"),
}
LEVELS: Mapping[int, Promise] = {
    1: _("se connaissent"),
    2: _("ont travaillé ensemble"),
    3: _("s’en porte garant"),
}
LEVEL_CHOICES: Mapping[int, Promise] = {
    1: _("Je connais cette personne ou cette structure"),
    2: _("J’ai travaillé avec elle"),
    3: _("Je me porte garant d’elle"),
}
REACHES: Words = {"comes": _("se déplace jusqu’à vous"), "remote": _("à distance")}
STANDINGS: Words = {
    "unknown": _("connu, sans lien"),
    "peer": _("partenaire"),
    "limited": _("restreint"),
    "blocked": _("bloqué"),
}
FOLLOWS: Words = {
    "pending": _("demande envoyée, sans réponse"),
    "accepted": _("suivi"),
    "rejected": _("demande refusée"),
}
MEMBERSHIPS: Words = {
    "candidate": _("candidature en cours"),
    "probation": _("en période probatoire"),
    "active": _("membre"),
    "suspended": _("suspendu"),
    "ended": _("ancien membre"),
}
LANGUAGES: Words = {
    "fr": _("français"),
    "en": _("anglais"),
    "fsl": _("langue des signes française"),
    "de": _("allemand"),
    "nl": _("néerlandais"),
    "es": _("espagnol"),
    "it": _("italien"),
    "pt": _("portugais"),
    "ar": _("arabe"),
    "br": _("breton"),
    "eu": _("basque"),
    "oc": _("occitan"),
    "ca": _("catalan"),
    "co": _("corse"),
    "pcd": _("picard"),
    "pl": _("polonais"),
    "uk": _("ukrainien"),
    "ro": _("roumain"),
    "tr": _("turc"),
    "eo": _("espéranto"),
}
SYMBOLS = {"EUR": "€", "CHF": "CHF", "GBP": "£"}


def _word(words: Mapping[Any, Promise], value: Any) -> str:
    return str(words.get(value, value))


def kind(value: str) -> str:
    return _word(KINDS, value)


def opening(value: str) -> str:
    return _word(OPENINGS, value)


def purpose(value: str) -> str:
    return _word(PURPOSES, value)


def level(value: int) -> str:
    """How two people are tied, for a step of a path; empty for an anchor, which has no level."""
    return _word(LEVELS, value) if value else ""


def language_name(tag: str) -> str:
    return _word(LANGUAGES, tag)


def reach(value: str) -> str:
    return _word(REACHES, value) if value in REACHES else ""


def accesses(codes: Sequence[str]) -> str:
    """Say how people can reach somebody: « sans marche, par téléphone »; empty when nothing is said."""
    return ", ".join(_word(ACCESSES, code) for code in codes)


def choices(words: Mapping[Any, Promise]) -> list[tuple[Any, Promise]]:
    """Return (value, label) pairs for a form, labels translated when shown."""
    return list(words.items())


FACETS: Words = {  # the filters of a search, in the order of the page
    "purpose": _("Chercher"),
    "opening": _("Disponibilité"),
    "price": _("Prix"),
    "access": _("Accès"),
    "kind": _("Prestataire"),
    "skill": _("Compétence"),
    "language": _("Langue"),
}
FACET_WORDS: Mapping[str, Words] = {
    "purpose": {"offer": _("des offres"), "request": _("des demandes")},
    "opening": OPENINGS,
    "price": PRICES,
    "access": ACCESSES,
    "kind": KINDS,
    "language": LANGUAGES,
}


def facet(name: str, found: Any) -> str:
    """Say a value to filter by; a skill brings its own label."""
    return _word(FACET_WORDS[name], found.value) if name in FACET_WORDS else found.label


def safe_text(text: str, *, local: bool) -> SafeString:
    """Return Markdown of ours, or HTML of another node, as HTML that is safe to show. Remote HTML is cleaned again
    here: what was stored by an older version must not be trusted more than what arrives today."""
    return mark_safe(to_html(text) if local else clean_html(text))  # noqa: S308 (both end in nh3's allowlist)


def host(origin: str) -> str:
    """Return the name of a node as people say it: host, and port if unusual."""
    return urlsplit(origin).netloc or origin


def place(row: Any) -> str:
    """The place of a member or an offer with its département: « Liévin (62) »; empty when none is known."""
    found = place_of(row)
    return found.label if found else ""


def of_place(name: str) -> dict[str, str]:
    """Return a place as sentences need it: `place`, and in French `of_place` with its preposition.

    >>> [of_place(name)["of_place"] for name in ("Liévin", "Arras", "Le Vigan", "Les Abymes", "La Rochelle")]
    ['de Liévin', 'd’Arras', 'du Vigan', 'des Abymes', 'de La Rochelle']
    """
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return {"place": name, "of_place": contracted + name.removeprefix(article)}
    elided = fold(name[:1]) in set("aeiouy")
    return {"place": name, "of_place": f"d’{name}" if elided else f"de {name}"}


def web_address(address: str) -> str:
    """Return an address that a link may carry: http or https; "" for anything else, whatever was stored."""
    return address if address.lower().startswith(("https://", "http://")) else ""


# --- price and area ---------------------------------------------------------------------------------------


def amount(cents: int, currency: str) -> str:
    """Write money: « 55 € », « 1 250,50 € » (spaces that do not break)."""
    whole, rest = divmod(cents, 100)
    figure = f"{whole:,}".replace(",", "\u202f") + (f",{rest:02}" if rest else "")
    return f"{figure}\u00a0{SYMBOLS.get(currency, currency)}"


def price(offer: Any) -> str:
    """Say how an offer is paid, in words: « 55 € de l’heure », « prix libre »."""
    if offer.price == "unsaid":
        return gettext("prix non indiqué")
    if offer.amount_cents is None:
        return _word(PRICES, offer.price)
    said = {"amount": amount(offer.amount_cents, offer.currency)}
    text = (
        gettext("%(amount)s de l’heure") % said if offer.price == "hourly" else gettext("forfait de %(amount)s") % said
    )
    return text if offer.tax_included else gettext("%(price)s hors taxes") % {"price": text}


def area(offer: Any) -> str:
    """Say where the owner comes to: « se déplace à 30 km autour de Liévin »."""
    if offer.area == "country":
        return gettext("se déplace dans tout le pays")
    if offer.area == "circle" and offer.place_name:
        said = of_place(offer.place_name) | {"km": offer.area_km}
        return gettext("se déplace jusqu’à %(km)s km autour %(of_place)s") % said
    return gettext("sur place (%(place)s)") % {"place": offer.place_name} if offer.place_name else ""


# --- trust ----------------------------------------------------------------------------------------------------


def no_way(steps: int) -> str:
    """Say that no path is known; `steps`: how far the charter lets one look (`trust.L`)."""
    return gettext("pas de voie connue à moins de %(n)s pas") % {"n": steps}


def ways(count: int, steps: int) -> str:
    """Say how many independent paths there are (0 to 3, which means three or more); `steps` as in `no_way`."""
    return {
        0: no_way(steps),
        1: gettext("une voie"),
        2: gettext("deux voies"),
    }.get(count, gettext("trois voies ou plus"))


def trust_label(line: Any, steps: int) -> str:
    """Say what a viewpoint makes of somebody; `steps` as in `no_way`. Never "untrusted", never a grade."""
    return {
        "self": gettext("c’est vous"),
        "accepted": gettext("accepté de ce point de vue"),
        "weak": gettext("appui faible : attestations anciennes ou peu nombreuses"),
        "one_path": gettext("une seule voie"),
        "two_paths": gettext("deux voies"),
        "direct": gettext("vous vous en portez garant"),
    }.get(line.label, no_way(steps))


def because(hit: Any, steps: int) -> str:
    """Say why a result stands where it does, for the line under its name; `steps` as in `no_way`."""
    if hit.trust.label == "self":
        return gettext("votre propre fiche")
    return ways(hit.trust.kappa, steps)


def attested_by(count: int) -> str:
    """Say how many people whom the reader accepts attest a competence; empty for none."""
    text = ngettext(
        "attestée par %(n)s personne que vous acceptez", "attestée par %(n)s personnes que vous acceptez", count
    )
    return text % {"n": count} if count else ""


def hop_name(hop: Any) -> str:
    """The name of a step of a path; the first is « Vous » when it is the reader."""
    return hop.name or gettext("Vous")


def path_words(path: Sequence[Any]) -> str:
    """Write a path: « Vous → Atelier → Coopérative »."""
    return " → ".join(hop_name(hop) for hop in path)


def freshness(hit_freshness: Any) -> str:
    """Say whether what is shown is old; empty when it is fresh."""
    return {
        "to_confirm": gettext("à confirmer"),
        "unsteady": gettext("source parfois injoignable"),
        "old_copy": gettext("copie de plus de %(days)s jours") % {"days": delays().old_copy},
        "faded": gettext("fiche ancienne"),
        "expired": gettext("expirée"),
    }.get(hit_freshness.state, "")
