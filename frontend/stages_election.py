"""Each stage of an election without candidate, in a label and four sentences (see `frontend/stages.py`)."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from frontend.stages import StageText

__all__ = ["ELECTION"]

ELECTION: Mapping[str, StageText] = {
    "role": StageText(
        _("Le rôle"),
        _("On se met d’accord sur le rôle : sa mission, ses critères et la durée du mandat."),
        _("On choisit une personne pour un rôle précis ; un rôle flou mène à choisir quelqu’un de sympathique."),
        _("Lisez le rôle ; dites ce qui manque, ou que vous l’acceptez."),
        _("Le rôle se décide sans votre avis ; l’élection ne commence que quand ses quatre parties sont fixées."),
    ),
    "ballot": StageText(
        _("Le bulletin"),
        _("Chaque personne écrit un seul nom : qui elle voit dans ce rôle. Les bulletins restent cachés."),
        _("Personne ne se présente : on part de ce que le groupe voit, sans campagne ni influence."),
        _("Écrivez un nom, le vôtre s’il le faut ; vous pouvez le changer tant que tout le monde n’a pas répondu."),
        _("On attend votre bulletin jusqu’à la fin du temps prévu ; ensuite l’élection avance sans votre voix."),
    ),
    "reasons": StageText(
        _("Les raisons"),
        _("Chaque personne, à son tour, dit le nom qu’elle a écrit et pourquoi, sans discussion ; puis on compte."),
        _("Ce sont les raisons qui éclairent le choix, plus que le nombre de voix."),
        _("À votre tour, donnez vos raisons : ce que vous avez vu de cette personne, au regard des critères."),
        _("Votre bulletin est compté, mais sans vos raisons il éclaire peu le groupe."),
    ),
    "change": StageText(
        _("Le changement de voix"),
        _("Après avoir entendu les raisons, chaque personne garde sa voix ou la donne à quelqu’un de déjà nommé."),
        _("Les raisons des autres apprennent quelque chose : on a le droit d’en tenir compte."),
        _("Gardez votre voix, ou déplacez-la en disant pourquoi."),
        _("Votre voix reste où elle est."),
    ),
    "propose": StageText(
        _("La proposition d’un nom"),
        _("L’animation propose une personne, en s’appuyant sur la force des raisons et non sur le compte."),
        _("Le plus grand nombre de voix n’est pas toujours le meilleur choix pour le rôle."),
        _("Écoutez la proposition et ses motifs écrits. L’appel à objections vient ensuite."),
        _("Rien ne vous manquera : c’est à l’animation d’agir."),
    ),
    "objections": StageText(
        _("L’appel à objections"),
        _(
            "Chaque personne dit si elle voit une objection à ce que cette personne prenne ce rôle. Les réponses "
            "restent cachées."
        ),
        _("On cherche un choix que tout le monde peut porter, et une objection montre ce qui le rendrait plus sûr."),
        _("Répondez : je consens, j’ai une réserve, je m’oppose. Une objection demande un argument lié au rôle."),
        _("Votre silence n’est jamais un consentement : il est noté « sans position »."),
    ),
    "integrate": StageText(
        _("L’intégration"),
        _(
            "On cherche ce qui lèverait l’objection : un mandat plus court, un binôme, un appui, ou un autre nom "
            "déjà donné."
        ),
        _("Une objection à un choix se lève souvent en aménageant le rôle."),
        _("Proposez un aménagement ; la personne qui a objecté dit quand son objection est levée."),
        _("Sans issue à la fin du temps prévu, le rôle reste à pourvoir."),
    ),
    "accept": StageText(
        _("L’acceptation"),
        _("La personne proposée dit si elle accepte le rôle."),
        _("Personne ne reçoit un rôle sans le vouloir."),
        _("Attendez sa réponse, sans insister."),
        _("La réponse ne dépend pas de vous ; un refus ramène à la proposition d’un autre nom."),
    ),
    "done": StageText(
        _("Élection faite"),
        _("La personne a accepté : le mandat est inscrit au registre, avec son début et sa fin."),
        _("Chacun sait qui tient le rôle, pour quelle mission et jusqu’à quand."),
        _("Lisez le mandat ; aidez la personne qui le prend."),
        _("Le mandat court jusqu’à sa fin ; un rappel précède l’échéance."),
    ),
    "vacant": StageText(
        _("Rôle à pourvoir"),
        _("Personne n’a été trouvé pour ce rôle cette fois."),
        _("Mieux vaut un rôle vide et dit qu’une personne désignée à contrecœur."),
        _("Proposez une nouvelle date, ou un tirage au sort si la charte le permet."),
        _("Le rôle reste vide jusqu’à la prochaine élection."),
    ),
}
