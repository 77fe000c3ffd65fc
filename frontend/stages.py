"""Each stage in four sentences: what it is, why it exists, what I can do now, what happens if I do nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.queries.shapes import ConsentView
from governance.rules.assemblies import RoomStage
from governance.rules.session import Stage

__all__ = ["DECISION", "ENTRY_STATES", "MEETING", "StageText", "decision_stage", "if_silent", "meeting_stage"]


@dataclass(frozen=True)
class StageText:
    """The words of one stage. `label` names it in the thread; the other four answer the newcomer."""

    label: Promise
    what: Promise
    why: Promise
    now: Promise
    otherwise: Promise


DECISION: Mapping[Stage, StageText] = {
    Stage.NEW: StageText(
        _("Proposition"),
        _("La proposition est écrite, aucune décision n’est ouverte."),
        _("Un texte se prépare avant de se décider."),
        _("Vous pouvez la lire et en parler avec la personne qui la porte."),
        _("Elle attend d’être mise à l’ordre du jour d’une assemblée."),
    ),
    Stage.DRAFT: StageText(
        _("Brouillon"),
        _("La personne qui porte la proposition met la dernière main au texte."),
        _("On ne décide bien que d’un texte complet : motif, texte, date de révision, responsable et critères."),
        _("Qui porte la proposition peut la compléter, puis la soumettre. Les autres lisent."),
        _("Rien ne bouge : la proposition reste à l’état de brouillon."),
    ),
    Stage.DRIVER_CHECK: StageText(
        _("Vérification du motif"),
        _("Chaque personne dit si la raison d’agir est claire et si c’est bien à ce cercle d’agir."),
        _("Discuter d’une solution avant d’être d’accord sur le besoin fait perdre du temps à tout le monde."),
        _("Répondez : clair, pas clair, ou pas à nous."),
        _("On attend votre réponse jusqu’à la fin du temps prévu ; ensuite l’animation peut avancer sans elle."),
    ),
    Stage.PRESENTED: StageText(
        _("Présentation"),
        _("La personne qui porte la proposition la présente."),
        _("Tout le monde part du même texte, dit par qui l’a écrit."),
        _("Écoutez. Les questions viennent juste après."),
        _("Rien ne vous manquera : l’animation ouvre ensuite les clarifications."),
    ),
    Stage.CLARIFY: StageText(
        _("Clarifications"),
        _("Chacun, à son tour, pose une question de compréhension ou passe. Un tour s’ajoute tant qu’il en reste."),
        _("On ne peut consentir qu’à ce que l’on a compris."),
        _("Posez une question, ou passez votre tour. Les avis viennent à l’étape suivante."),
        _("On attend votre tour jusqu’à la fin du temps prévu ; ensuite l’animation peut clore sans vous."),
    ),
    Stage.REACT: StageText(
        _("Ressentis"),
        _("Chacun dit une fois comment il reçoit la proposition, sans débat."),
        _("La personne qui la porte entend tout le monde avant de décider de changer le texte."),
        _("Dites votre ressenti, en une fois."),
        _("On attend votre tour jusqu’à la fin du temps prévu ; ensuite l’animation peut clore sans vous."),
    ),
    Stage.AMEND: StageText(
        _("Amendement"),
        _("La personne qui porte la proposition garde son texte ou l’amende, à la lumière de ce qu’elle a entendu."),
        _("Beaucoup d’objections disparaissent quand le texte tient compte des ressentis."),
        _("Seule la personne qui porte la proposition agit. Les autres patientent."),
        _("La décision attend : l’appel à objections ne s’ouvre qu’avec un texte arrêté."),
    ),
    Stage.OBJECTION_CALL: StageText(
        _("Appel à objections"),
        _("Chacun donne sa position : je consens, j’ai une réserve, je m’oppose. Le texte ne bouge plus."),
        _("Les réponses restent cachées jusqu’à ce que tout le monde ait répondu : personne n’est influencé."),
        _("Donnez votre position ; vous pouvez la changer jusqu’à la révélation. Une objection demande un argument."),
        _("Votre silence n’est jamais un consentement : il est noté « sans position »."),
    ),
    Stage.TEST: StageText(
        _("Examen des objections"),
        _("On regarde une objection à la fois : est-elle recevable ? Elle l’est si personne n’est en désaccord."),
        _("Une objection est un cadeau au groupe ; l’examiner la distingue d’une préférence."),
        _("Dites si l’objection vous paraît recevable, avec un argument si ce n’est pas le cas."),
        _("On attend votre réponse jusqu’à la fin du temps ; ensuite l’animation conclut ou tire un jury au sort."),
    ),
    Stage.INTEGRATE: StageText(
        _("Intégration"),
        _("On cherche comment bonifier le texte pour lever l’objection, sans en créer d’autre."),
        _("L’objection montre ce qui manque au texte : c’est ensemble qu’on le trouve."),
        _("Proposez une bonification, ou opposez-vous à celle qui est proposée. Qui a objecté dit quand c’est levé."),
        _("À la fin du temps prévu, sans issue choisie, la proposition est reportée."),
    ),
    Stage.ADOPTED: StageText(
        _("Décision"),
        _("Il ne reste aucune objection : la proposition est adoptée et inscrite au registre."),
        _("Chacun doit pouvoir retrouver ce qui a été décidé, et pourquoi."),
        _("Vous pouvez encore déposer une réserve ; elle est gardée avec la décision."),
        _("La décision s’applique telle quelle, jusqu’à sa date de révision."),
    ),
    Stage.CLOSED: StageText(
        _("Close"),
        _("La décision est prise et appliquée."),
        _("Une décision tient jusqu’à sa date de révision, ou jusqu’à un fait nouveau."),
        _("Sur un fait nouveau, vous pouvez la rouvrir. Vous pouvez aussi déposer une réserve."),
        _("La décision s’applique jusqu’à sa date de révision."),
    ),
    Stage.REOPENED: StageText(
        _("Rouverte"),
        _("Un fait nouveau a été apporté : on examine s’il justifie de revoir la décision."),
        _("Une décision peut devenir mauvaise quand les faits changent."),
        _("Dites si l’objection vous paraît recevable."),
        _("La décision reste en vigueur pendant l’examen."),
    ),
    Stage.SUSPENDED: StageText(
        _("Suspendue"),
        _("Il n’y a plus assez de monde : la décision est suspendue et garde son étape."),
        _("Une décision prise sans le quorum n’engagerait pas le cercle."),
        _("Si vous êtes là, rechargez cette page ou gardez-la ouverte : votre présence compte."),
        _("Tout reprend à la même étape dès que le quorum revient ; un appel en cours recommence."),
    ),
    Stage.DEFERRED: StageText(
        _("Reportée"),
        _("La proposition est mise de côté."),
        _("Mieux vaut reprendre plus tard que décider de force."),
        _("La personne qui la porte, ou l’animation, peut la reprendre le moment venu."),
        _("Elle attend, avec ses objections, qui resteront à confirmer."),
    ),
    Stage.DELEGATED: StageText(
        _("Confiée à un sous-groupe"),
        _("Quelques personnes préparent un texte et le rapporteront."),
        _("Un petit groupe avance parfois là où l’assemblée piétine."),
        _("Les membres du sous-groupe peuvent rapporter un texte."),
        _("Passé le délai, la proposition est reportée."),
    ),
    Stage.REFERRED: StageText(
        _("Renvoyée"),
        _("Ce n’était pas à ce cercle de décider : la proposition est renvoyée à qui de droit."),
        _("Chaque décision se prend là où elle a ses effets."),
        _("Rien : c’est fini ici."),
        _("Rien de plus ne se passe ici."),
    ),
    Stage.WITHDRAWN: StageText(
        _("Retirée"),
        _("La personne qui portait la proposition l’a retirée."),
        _("On a le droit de changer d’avis."),
        _("Vous pouvez écrire une autre proposition."),
        _("Rien de plus ne se passe."),
    ),
    Stage.FALLBACK: StageText(
        _("Passée au vote"),
        _("Le consentement n’a pas été trouvé : la question passe au vote, comme la charte le permet."),
        _("La charte dit quand un vote peut prendre le relais, et le registre dira que c’en était un."),
        _("Votez sur la page du vote, si vous êtes sur sa liste."),
        _("Le vote se clôt à son heure, sans votre voix."),
    ),
}

MEETING: Mapping[RoomStage, StageText] = {
    RoomStage.CONVENED: StageText(
        _("Convoquée"),
        _("L’assemblée est convoquée ; elle n’est pas encore ouverte."),
        _("Chacun lit l’ordre du jour et entre, pour que le quorum se compte."),
        _("Entrez, si ce n’est pas fait ; l’animation ouvrira l’assemblée."),
        _("Sans votre entrée, vous ne comptez pas parmi les personnes présentes."),
    ),
    RoomStage.OPEN: StageText(
        _("Ouverte"),
        _("L’assemblée est ouverte."),
        _("On prend les points un à un."),
        _("Suivez le point en cours ; demandez la parole si vous voulez parler."),
        _("L’assemblée suit son cours."),
    ),
    RoomStage.SUSPENDED: StageText(
        _("Suspendue"),
        _("L’assemblée fait une pause."),
        _("Une pause, ou un incident : l’animation a dit pourquoi."),
        _("Attendez la reprise."),
        _("Rien ne se décide pendant la pause."),
    ),
    RoomStage.CLOSED: StageText(
        _("Close"),
        _("L’assemblée est close."),
        _("Reste à en écrire le compte rendu, tiré des actes eux-mêmes."),
        _("L’animation ou le secrétariat établit le compte rendu."),
        _("Le compte rendu attend."),
    ),
    RoomStage.MINUTES_DRAFT: StageText(
        _("Compte rendu à approuver"),
        _("Le compte rendu est établi ; les personnes présentes le relisent."),
        _("Il fera foi : chacun vérifie qu’il dit bien ce qui s’est passé."),
        _("Approuvez-le, ou demandez une correction."),
        _("Il est adopté quand assez de personnes présentes l’ont approuvé et que personne ne le conteste."),
    ),
    RoomStage.MINUTES_ADOPTED: StageText(
        _("Compte rendu adopté"),
        _("Le compte rendu est adopté et inscrit au registre."),
        _("On pourra toujours relire ce qui a été décidé."),
        _("Lisez-le, imprimez-le, vérifiez-le."),
        _("Rien de plus ne se passe."),
    ),
}


def decision_stage(code: str) -> StageText:
    """Return the words of a stage of a decision by its code; unknown codes raise ValueError."""
    return DECISION[Stage(code)]


def meeting_stage(code: str) -> StageText:
    """Return the words of a stage of a meeting by its code; unknown codes raise ValueError."""
    return MEETING[RoomStage(code)]


ENTRY_STATES = {
    "in_force": _("en vigueur"),
    "to_review": _("en vigueur, à revoir"),
    "lapsed": _("échue"),
    "replaced": _("remplacée"),
}


IN_WRITING: Mapping[Stage, Promise] = {  # what happens at the end of a window to who does nothing
    Stage.DRAFT: _("Rien ne bouge tant que la personne qui porte la proposition ne la soumet pas."),
    Stage.DRIVER_CHECK: _("À la fin du délai, si personne ne doute du motif, la proposition passe à la présentation."),
    Stage.PRESENTED: _("À la fin du délai, les clarifications s’ouvrent."),
    Stage.CLARIFY: _("À la fin du délai, le tour est clos sans vous. Une question sans réponse le prolonge."),
    Stage.REACT: _("À la fin du délai, le tour est clos sans vous."),
    Stage.OBJECTION_CALL: _("Votre silence n’est jamais un consentement : il sera noté « sans position »."),
    Stage.TEST: _("À la fin du délai, l’objection est recevable si personne n’est en désaccord ; sinon, jury au sort."),
    Stage.REOPENED: _("À la fin du délai, l’objection est recevable si personne n’est en désaccord ; sinon, jury."),
    Stage.INTEGRATE: _(
        "À la fin du délai, un texte qui lève l’objection est retenu ; sans lui, la décision est reportée."
    ),
    Stage.ADOPTED: _("À la fin du délai, la décision est close ; elle s’applique jusqu’à sa date de révision."),
}
SILENCE_CONSENTS = _(
    "D’après la charte, si %(n)s rappels vous sont parvenus, votre silence à la fin du délai vaudra consentement ; "
    "il sera listé à part."
)
SILENCE_COUNTS = _("Il comptera dans le quorum.")
SILENCE_COUNTS_NOT = _("Il ne comptera pas dans le quorum.")


def if_silent(consent: ConsentView) -> str:
    """Say what happens to who does nothing: in writing the window ends by itself, and the charter says what silence
    means."""
    stage, window = Stage(consent.stage), consent.window
    if window is None:
        return str(decision_stage(consent.stage).otherwise)
    if stage is Stage.OBJECTION_CALL and window.silence == "consent":
        counts = SILENCE_COUNTS if window.silence_counts else SILENCE_COUNTS_NOT
        return f"{SILENCE_CONSENTS % {'n': window.reminders}} {counts}"
    return str(IN_WRITING.get(stage, decision_stage(consent.stage).otherwise))
