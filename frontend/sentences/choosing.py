"""What to say for the codes of elections and lots."""

from django.utils.translation import gettext_lazy as _

CHOOSING = {
    # --- elections
    "election_unknown": _("Cette élection n’existe pas, est finie, ou ne vous est pas ouverte."),
    "already_on_agenda": _("Cette élection est déjà à l’ordre du jour."),
    "role_incomplete": _("Il manque encore le rôle, la mission, les critères ou la durée."),
    "role_contested": _("Une personne au moins n’est pas d’accord avec ce rôle. Précisez-le d’abord."),
    "months_out_of_bounds": _("La charte permet au plus %(months)s mois, et au moins un."),
    "pass_forbidden": _("La charte demande un nom sur chaque bulletin."),
    "no_ballot": _("Ce tour revient à qui a donné un bulletin."),
    "not_named": _("Choisissez une personne qu’un bulletin a nommée."),
    "same_voice": _("Votre voix est déjà pour cette personne."),
    "must_rest": _("La charte veut que cette personne laisse ce rôle pour un temps. Choisissez-en une autre."),
    "all_rest": _("La charte veut que tout le cercle laisse ce rôle pour un temps : personne ne peut être nommé."),
    "has_declined": _("Cette personne a décliné."),
    "own_nomination": _("On ne se propose pas soi-même."),
    "same_nominee": _("Cette personne est déjà proposée."),
    "names_left": _("Il reste des personnes nommées qui n’ont pas décliné."),
    "time_left": _("Le temps prévu n’est pas écoulé."),
    "lot_forbidden": _("La charte ne permet pas de s’en remettre au sort ici."),
    "nobody_proposed": _("Personne n’est proposé."),
    "nominee_last": _("La personne proposée répond en dernier."),
    "nominee_first": _("La personne proposée répond d’abord."),
    "mandate_not_shorter": _("Un mandat plus court dure moins de %(months)s mois."),
    "pair_unknown": _("Choisissez pour le binôme une autre personne du cercle, qui n’anime pas cette étape."),
    "deputy_needed": _("Vous avez été nommé·e : désignez une suppléance pour animer la suite."),
    "not_nominee": _("C’est à la personne proposée de répondre."),
    # --- lots
    "election_has_lot": _("Un tirage au sort est déjà ouvert pour cette élection, ou y a pourvu."),
    "lots_open": _(
        "Vous avez déjà %(limit)s tirages en cours dans ce cercle : menez-en un à son terme avant d’en ouvrir un autre."
    ),
    "lot_unknown": _("Ce tirage n’existe pas, ou ne vous est pas ouvert."),
    "secret_malformed": _(
        "Cette clé n’est pas lisible : collez-la entière, elle a 128 signes, des chiffres et des lettres de a à f."
    ),
    "commitment_malformed": _("Cette enveloppe n’est pas lisible : son empreinte a 64 chiffres hexadécimaux."),
    "commitment_taken": _("Cette enveloppe est déjà celle d’une autre personne. Fabriquez une autre clé."),
    "identifier_malformed": _("Cet identifiant n’est pas lisible."),
    "seed_malformed": _("Cette graine n’est pas lisible."),
    "pool_doubled": _("Un nom est en double dans le tirage."),
    "seats_too_many": _("Il y a plus de sièges que de personnes (%(pool)s), ou aucun."),
    "lot_dates": _("Les dépôts se ferment à une date à venir, et avant les ouvertures."),
    "beacon_too_early": _("Le tirage public doit venir après l’ouverture des enveloppes."),
    "beacon_without_number": _("La façon de l’écrire doit contenir au moins un #, à la place d’un nombre."),
    "beacon_not_yet": _("Le tirage public n’a pas encore eu lieu : %(until)s."),
    "beacon_malformed": _("Écrivez-le sous cette forme, un nombre à la place de chaque # : %(format)s."),
    "already_committed": _("Votre enveloppe est déjà déposée."),
    "commits_over": _("Les dépôts sont clos."),
    "no_commitment": _("Vous n’avez pas déposé d’enveloppe."),
    "already_revealed": _("Votre enveloppe est déjà ouverte."),
    "reveals_over": _("Les ouvertures sont closes."),
    "reveals_missing": _("Des enveloppes restent fermées, et l’heure annoncée n’est pas passée."),
    "nobody_late": _("Personne n’est en retard."),
    "not_lot_opener": _("C’est à la personne qui a ouvert le tirage de le faire."),
    "not_lot_reader": _("Les dés sont lus par qui a ouvert une enveloppe."),
    "not_drawn": _("Le sort ne vous désigne pas, ou vous avez déjà répondu."),
}
