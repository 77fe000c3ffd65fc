"""The texts on which a circle decides about somebody: they name nobody, since the register keeps them for ever."""

from governance.rules.cooptation_terms import CooptationTerms

__all__ = ["NOTHING_LEFT", "wording"]

NOTHING_LEFT = "La candidature ou le dossier a pris fin : il n’y a plus rien à décider."


def wording(cause: str, number: int, terms: CooptationTerms) -> dict[str, str]:
    """Return title, driver, text and criteria of the proposal about candidacy `number`, in the house's language."""
    title, driver, text = _WORDS[cause]
    facts = {"n": number, "months": terms.probation_months}
    return {
        "title": title % facts,
        "driver": driver % facts,
        "text": text % facts,
        "criteria": "Les valeurs de la charte, article par article, sur des faits.",
    }


_WORDS = {
    "admission": (
        "Candidature nᵒ %(n)s : admission",
        "Une personne demande à nous rejoindre. Elle a signé la charte, des membres la parrainent, "
        "nous avons apprécié les valeurs une par une et nous l’avons entendue.",
        "Nous accueillons la personne qui porte la candidature nᵒ %(n)s, pour une période probatoire de "
        "%(months)s mois, avec un·e compagnon·e.",
    ),
    "probation": (
        "Candidature nᵒ %(n)s : fin de la période probatoire",
        "Une objection a été déposée pendant la période probatoire. Elle cite un article de la charte et un fait.",
        "Nous confirmons comme membre la personne qui porte la candidature nᵒ %(n)s.",
    ),
    "exclusion": (
        "Dossier nᵒ %(n)s : exclusion",
        "Une exclusion est proposée. Elle cite un article de la charte et un fait ; la personne a été entendue, "
        "ou appelée à l’être.",
        "Nous mettons fin à l’appartenance de la personne concernée par le dossier nᵒ %(n)s.",
    ),
    "suspension": (
        "Dossier nᵒ %(n)s : suspension",
        "Une exclusion est en cours d’examen. Attendre sa décision sans rien changer ne serait pas prudent.",
        "Nous suspendons l’appartenance de la personne concernée par le dossier nᵒ %(n)s jusqu’à la décision.",
    ),
}
