"""What to say for the codes of votes on a text."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["POLLS"]

POLLS: Mapping[str, Promise] = {
    # --- opening
    "nobody_to_vote": _("Personne ne peut voter sur ce texte : le vote ne s’ouvre pas."),
    "too_few_for_secrecy": _(
        "Un vote secret demande au moins %(needed)s personnes qui votent ; vous êtes %(electorate)s. Avec si peu de "
        "monde, le décompte dirait qui a voté quoi."
    ),
    # --- casting
    "poll_unknown": _("Ce vote n’existe pas, ou ne vous est pas ouvert."),
    "poll_over": _("Ce vote est clos depuis le %(closed_at)s : votre envoi n’a pas été compté."),
    "choice_unknown": _("Choisissez pour, contre ou abstention."),
    "person_malformed": _("Cet envoi ne dit pas pour qui vous votez. Rechargez la page."),
    "not_on_roll": _("Vous n’êtes pas sur la liste de ce vote ; vous pouvez le suivre."),
    "no_proxy": _("Cette personne ne vous a pas donné pouvoir de voter pour elle dans ce vote."),
    "giver_voted": _("Cette personne a voté elle-même : sa propre voix l’emporte."),
    "already_voted": _("Cette voix est déjà enregistrée. Un vote secret ne se change pas."),
    "password_needed": _("Ce vote demande de nouveau votre mot de passe. Écrivez-le pour voter."),
    "entry_needed": _(
        "Ce vote se donne dans les %(minutes)s minutes après être entré par son nœud. Déconnectez-vous, "
        "entrez de nouveau, puis votez."
    ),
    # --- counting
    "ballots_malformed": _("Le décompte ne tombe pas juste (%(voted)s voix pour %(electorate)s personnes)."),
}
