"""The stages of an election without candidate and of a lot, each in four sentences (see `stages.py`)."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from frontend.stages import StageText
from governance.rules.electing import ElectionStage
from governance.rules.lot_state import LotStage

__all__ = ["ELECTION", "LOT", "election_stage", "lot_stage"]

ELECTION: Mapping[ElectionStage, StageText] = {
    ElectionStage.NEW: StageText(
        _("Élection demandée"),
        _("Une élection est demandée ; elle n’est pas encore sur la table."),
        _("On choisit pour un rôle précis, pas pour une personne qui se présenterait."),
        _("Lisez le rôle recherché ; l’assemblée le précisera, puis s’accordera dessus."),
        _("Elle attend d’être mise à l’ordre du jour d’une assemblée."),
    ),
    ElectionStage.ROLE: StageText(
        _("Rôle recherché"),
        _("Le cercle s’accorde sur le rôle, sa mission, les critères pour choisir et la durée du mandat."),
        _("On ne choisit bien que si l’on cherche la même chose."),
        _("Dites si c’est bien ce que nous cherchons ; sinon, dites pourquoi."),
        _("On attend votre réponse : sans accord de toutes les personnes présentes, aucun bulletin ne s’ouvre."),
    ),
    ElectionStage.BALLOT: StageText(
        _("Bulletins"),
        _("Chaque personne écrit un seul nom, sans candidature et sans discussion."),
        _(
            "Personne ne se met en avant, et personne n’est influencé : les noms restent cachés jusqu’à ce "
            "que tout le monde ait écrit le sien."
        ),
        _("Écrivez le nom de la personne qui vous semble convenir ; vous pouvez le changer jusqu’au dévoilement."),
        _("On attend votre bulletin jusqu’à la fin du temps prévu ; ensuite l’animation peut avancer sans lui."),
    ),
    ElectionStage.REASONS: StageText(
        _("Raisons"),
        _("Les bulletins sont dévoilés. Chacun dit une fois pourquoi il a nommé cette personne."),
        _("Ce sont les raisons qui comptent, pas le nombre de voix."),
        _("Dites vos raisons, sans répondre à celles des autres."),
        _("On attend votre tour jusqu’à la fin du temps prévu ; ensuite l’animation peut clore sans vous."),
    ),
    ElectionStage.CHANGE: StageText(
        _("Reports"),
        _("Chacun peut reporter sa voix, en disant pourquoi, sur une personne déjà nommée."),
        _("Les raisons entendues peuvent faire changer d’avis."),
        _("Gardez votre voix, ou reportez-la sur une personne déjà nommée."),
        _("On attend votre tour jusqu’à la fin du temps prévu ; sans rien dire, votre voix reste où elle est."),
    ),
    ElectionStage.PROPOSE: StageText(
        _("Proposition"),
        _("L’animation propose une personne, en écrivant ses raisons."),
        _("On s’appuie sur la force des raisons entendues, jamais sur le décompte."),
        _("Écoutez. Si l’animation a elle-même été nommée, la suppléance prend le relais."),
        _("L’élection attend la proposition."),
    ),
    ElectionStage.OBJECTIONS: StageText(
        _("Appel à objections"),
        _("Chacun dit s’il a une objection à ce que cette personne reçoive le mandat."),
        _("Les réponses restent cachées jusqu’à ce que tout le monde ait répondu : personne n’est influencé."),
        _("Donnez votre position. Une objection porte sur le rôle et demande un argument."),
        _("Votre silence n’est jamais un consentement : il est noté « sans position »."),
    ),
    ElectionStage.TEST: StageText(
        _("Examen des objections"),
        _("On regarde une objection à la fois : est-elle recevable ? Elle l’est si personne n’est en désaccord."),
        _("Une objection protège le cercle et la personne proposée."),
        _("Dites si l’objection vous paraît recevable, avec un argument si ce n’est pas le cas."),
        _("On attend votre réponse jusqu’à la fin du temps ; ensuite l’animation conclut ou tire un jury au sort."),
    ),
    ElectionStage.INTEGRATE: StageText(
        _("Aménagements"),
        _(
            "On cherche ce qui lèverait l’objection : un mandat plus court, un binôme, un appui, ou une "
            "autre personne déjà nommée."
        ),
        _("Un aménagement suffit souvent à rendre le mandat sûr."),
        _("Proposez un aménagement, ou opposez-vous à celui qui est proposé. Qui a objecté dit quand c’est levé."),
        _("À la fin du temps prévu, sans solution, le rôle reste vacant."),
    ),
    ElectionStage.SUSPENDED: StageText(
        _("Suspendue"),
        _("Il n’y a plus assez de monde : l’élection est suspendue et garde son étape."),
        _("Un choix fait sans le quorum n’engagerait pas le cercle."),
        _("Si vous êtes là, gardez cette page ouverte : votre présence compte."),
        _("Tout reprend dès que le quorum revient ; l’appel en cours recommence."),
    ),
    ElectionStage.ACCEPT: StageText(
        _("Réponse"),
        _("Il ne reste aucune objection : la personne proposée accepte ou décline."),
        _("Personne ne reçoit un mandat sans l’avoir accepté."),
        _("Si vous êtes proposé·e, répondez ; vous pouvez décliner sans vous justifier longuement."),
        _("Sans réponse à temps, l’animation propose une autre personne : le silence n’accepte jamais."),
    ),
    ElectionStage.DONE: StageText(
        _("Mandat donné"),
        _("Le mandat est donné et inscrit au registre."),
        _("Chacun doit pouvoir retrouver qui tient quel rôle, jusqu’à quand et pourquoi."),
        _("Vous pouvez relire ce qui s’est dit."),
        _("Le mandat court jusqu’à son terme."),
    ),
    ElectionStage.VACANT: StageText(
        _("Rôle vacant"),
        _("Personne n’a été trouvé pour ce rôle."),
        _("Mieux vaut un rôle vacant qu’un mandat forcé."),
        _("L’animation fixe une nouvelle date, ou s’en remet au sort si la charte le permet."),
        _("Le rôle reste vacant."),
    ),
    ElectionStage.POSTPONED: StageText(
        _("Nouvelle date"),
        _("L’élection se refera à une autre date."),
        _("Le temps fait parfois apparaître des personnes disponibles."),
        _("Demandez une nouvelle élection pour ce rôle le moment venu."),
        _("Le rôle reste vacant jusque-là."),
    ),
    ElectionStage.LOT: StageText(
        _("Remise au sort"),
        _("Le cercle s’en remet à un tirage au sort vérifiable."),
        _("La charte le permet quand personne n’est trouvé."),
        _("Ouvrez le tirage au sort depuis la page de l’élection."),
        _("Le rôle reste vacant jusqu’au tirage."),
    ),
    ElectionStage.DROPPED: StageText(
        _("Abandonnée"),
        _("La personne qui avait demandé l’élection y a renoncé."),
        _("On a le droit de changer d’avis."),
        _("Vous pouvez demander une autre élection."),
        _("Rien de plus ne se passe."),
    ),
}

LOT: Mapping[LotStage, StageText] = {
    LotStage.COMMITS: StageText(
        _("Dépôt des enveloppes"),
        _("Chaque personne qui le veut dépose un nombre secret, sous enveloppe fermée. Son appareil le fabrique."),
        _(
            "Le résultat dépendra de toutes les enveloppes : il suffit d’une personne honnête pour que personne "
            "ne le connaisse avant les dés ou le tirage public."
        ),
        _("Déposez une enveloppe et gardez bien la clé qui l’ouvre."),
        _("Le tirage se fait sans votre enveloppe."),
    ),
    LotStage.REVEALS: StageText(
        _("Ouverture des enveloppes"),
        _("Qui a déposé une enveloppe l’ouvre avec sa clé."),
        _(
            "Les enveloppes sont ouvertes avant les dés ou le tirage public : la dernière personne n’en sait pas plus "
            "que la première."
        ),
        _("Collez votre clé."),
        _("Votre enveloppe est écartée du tirage, et votre nom le dit."),
    ),
    LotStage.BEACON: StageText(
        _("Dés ou tirage public"),
        _("Plusieurs personnes lisent le tirage public ou les dés, et l’écrivent chacune de leur côté."),
        _(
            "Tous les secrets sont connus : il faut un hasard que personne ici ne maîtrise, et assez de témoins. Un "
            "tirage public se lit à deux ; des dés, par plus de la moitié de celles et ceux qui ont ouvert une "
            "enveloppe."
        ),
        _("Écrivez ce que vous lisez, sous la forme annoncée."),
        _("Le tirage attend qu’assez de personnes aient écrit la même chose. Passé le délai, il est sans effet."),
    ),
    LotStage.ANSWERS: StageText(
        _("Réponses"),
        _("L’ordre est tiré. Les personnes désignées acceptent ou refusent."),
        _("Le sort désigne ; personne ne reçoit un mandat sans l’accepter."),
        _("Si vous êtes désigné·e, répondez. Refuser ne demande pas de raison."),
        _("Passé le délai, la personne suivante dans l’ordre est appelée."),
    ),
    LotStage.DONE: StageText(
        _("Mandats donnés"),
        _("Les mandats sont donnés et inscrits au registre."),
        _("Chacun peut refaire le tirage."),
        _("Refaites le tirage dans votre navigateur."),
        _("Les mandats courent jusqu’à leur terme."),
    ),
    LotStage.SHORT: StageText(
        _("Sièges restants"),
        _("Tout le monde a été appelé et il reste des sièges."),
        _("Un refus est toujours permis."),
        _("Le cercle peut ouvrir un autre tirage."),
        _("Les sièges restants sont vacants."),
    ),
    LotStage.VOID: StageText(
        _("Sans effet"),
        _(
            "Trop peu d’enveloppes ont été ouvertes, ou trop peu de personnes ont lu la même chose à temps : rien "
            "n’est tiré."
        ),
        _("Avec trop peu d’enveloppes ou de témoins, quelqu’un pourrait choisir le résultat."),
        _("Ouvrez un autre tirage."),
        _("Rien de plus ne se passe."),
    ),
}


def election_stage(code: str) -> StageText:
    """Return the words of a stage of an election by its code; unknown codes raise ValueError."""
    return ELECTION[ElectionStage(code)]


def lot_stage(code: str) -> StageText:
    """Return the words of a stage of a lot by its code; unknown codes raise ValueError."""
    return LOT[LotStage(code)]
