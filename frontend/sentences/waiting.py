"""What waits, in words: for each kind a name, what is expected, what happens otherwise, and the word of its link.

A kind that a newer node, or another process, invents gets the general sentences: its reader still finds the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["WaitingWords", "waiting_words"]


@dataclass(frozen=True)
class WaitingWords:
    """One kind of thing that waits: its name, what I am expected to do, what happens if I do nothing, the link."""

    name: Promise
    expected: Promise
    otherwise: Promise
    link: Promise


KINDS: Mapping[str, WaitingWords] = {
    "assembly_now": WaitingWords(
        _("Une assemblée est ouverte"),
        _("Entrez dans l’assemblée : elle a commencé."),
        _("L’assemblée se tient sans vous ; votre silence n’est jamais un consentement."),
        _("Entrer"),
    ),
    "assembly_soon": WaitingWords(
        _("Une assemblée à laquelle venir"),
        _("Lisez l’ordre du jour et venez."),
        _("L’assemblée se tient sans vous, si le quorum est là ; vous lirez le compte rendu."),
        _("Voir l’ordre du jour"),
    ),
    "facilitate": WaitingWords(
        _("Une assemblée à ouvrir"),
        _("Vous avez convoqué cette assemblée : ouvrez-la et animez-la, ou passez l’animation."),
        _("L’assemblée ne s’ouvre pas d’elle-même : tout le monde attend."),
        _("Ouvrir la salle"),
    ),
    "minutes_write": WaitingWords(
        _("Un compte rendu à établir"),
        _("L’assemblée est close : établissez le compte rendu, tiré des actes."),
        _("Le compte rendu attend et personne ne peut l’approuver."),
        _("Établir le compte rendu"),
    ),
    "minutes_approve": WaitingWords(
        _("Un compte rendu à relire"),
        _("Relisez le compte rendu : approuvez-le, ou demandez une correction."),
        _("Il est adopté quand assez d’autres personnes l’ont approuvé, sans votre relecture."),
        _("Relire"),
    ),
    "draft": WaitingWords(
        _("Un brouillon à compléter"),
        _("Complétez votre proposition : motif, texte, date de révision, responsable et critères."),
        _("Votre proposition reste à l’état de brouillon ; personne ne la décide."),
        _("Compléter"),
    ),
    "draft_ready": WaitingWords(
        _("Une proposition prête"),
        _("Votre proposition est complète : soumettez-la, ou faites-la mettre à l’ordre du jour."),
        _("Elle attend, et rien ne se décide."),
        _("Voir ma proposition"),
    ),
    "review": WaitingWords(
        _("Une décision à revoir"),
        _("La date de révision est venue : relisez la décision, ses réserves et ses critères, et proposez la suite."),
        _("La décision s’applique telle quelle et sa révision attend."),
        _("Préparer la révision"),
    ),
    "review_due": WaitingWords(
        _("Une révision qui approche"),
        _("Vous répondez de cette décision : voyez si ses critères sont remplis avant sa révision."),
        _("À cette date, un brouillon de révision s’ouvre de lui-même ; la décision s’applique en attendant."),
        _("Voir la décision"),
    ),
    "mandate_ending": WaitingWords(
        _("Un mandat qui se termine"),
        _("Votre mandat se termine : préparez la passation, ou la prochaine élection."),
        _("Le mandat s’arrête à sa fin ; le rôle reste vide si personne n’est choisi."),
        _("Voir le mandat"),
    ),
    "mandate_to_follow": WaitingWords(
        _("Le mandat de quelqu’un se termine"),
        _("Personne n’est encore prévu pour la suite : demandez une élection ou un tirage au sort dans votre cercle."),
        _("Le mandat s’arrête à sa fin ; le rôle reste vide si personne n’est choisi."),
        _("Voir le cercle"),
    ),
    "proxy_received": WaitingWords(
        _("Un pouvoir reçu"),
        _("Cette personne vous a donné son pouvoir : votez pour elle quand un vote s’ouvre, ou rendez-le."),
        _("Sans votre bulletin ni le sien, sa voix ne compte pas."),
        _("Voir ce pouvoir"),
    ),
    "sponsor": WaitingWords(
        _("Un parrainage demandé"),
        _("On vous demande de parrainer une candidature : confirmez si vous connaissez assez la personne."),
        _("Votre parrainage ne compte pas ; la candidature attend d’autres parrainages."),
        _("Répondre"),
    ),
    "candidacy_answer": WaitingWords(
        _("Votre candidature attend une réponse de vous"),
        _("Répondez à chaque valeur de la charte par un fait."),
        _("Votre candidature n’avance pas."),
        _("Répondre"),
    ),
    "evaluate": WaitingWords(
        _("Une candidature à évaluer"),
        _("Dites ce que vous avez vu, valeur par valeur ; « pas vu » est neutre."),
        _("À la fin du délai, l’audition s’ouvre avec les évaluations reçues, sans la vôtre."),
        _("Évaluer"),
    ),
    "synthesis": WaitingWords(
        _("Une synthèse à écrire"),
        _("Écrivez la synthèse des évaluations pour la personne que vous parrainez."),
        _("L’audition attend : elle commence par la lecture de la synthèse."),
        _("Écrire la synthèse"),
    ),
    "hearing": WaitingWords(
        _("Une audition à tenir"),
        _("Venez entendre la personne candidate, ou fixez la date si c’est à vous."),
        _("L’audition a lieu sans vous, et la décision ne peut pas venir avant elle."),
        _("Voir l’audition"),
    ),
    "candidacy_decision": WaitingWords(
        _("Une candidature à décider"),
        _("Donnez votre position sur l’entrée de cette personne ; une objection cite un article et un fait."),
        _("Votre silence n’est jamais un consentement : il est noté « sans position »."),
        _("Donner ma position"),
    ),
    "conditions": WaitingWords(
        _("Des conditions à remplir"),
        _("Répondez aux conditions nommées par le collectif."),
        _("Tant qu’elles sont sans réponse, la décision attend."),
        _("Répondre"),
    ),
    "probation_notice": WaitingWords(
        _("Une période probatoire qui se termine"),
        _("Lisez l’avis : si un fait contredit la charte, dites-le avant la date."),
        _("Sans objection à cette date, la personne devient membre."),
        _("Lire l’avis"),
    ),
    "appeal_panel": WaitingWords(
        _("Un recours à examiner"),
        _("Le sort vous a désigné·e : dites si la procédure a été suivie, avec vos raisons."),
        _("La décision contestée tient tant que le recours n’a pas répondu."),
        _("Examiner"),
    ),
    "renew": WaitingWords(
        _("Votre adhésion à renouveler"),
        _("Dites où vous en êtes de chaque valeur, et si vous continuez."),
        _("Après un avertissement, votre adhésion devient caduque, sans faute ; vous pourrez revenir."),
        _("Renouveler"),
    ),
    "exclusion_answer": WaitingWords(
        _("Une exclusion proposée vous concerne"),
        _("Lisez les faits et répondez : vous serez entendu·e avant toute décision."),
        _("Le collectif décide sans votre réponse écrite, après vous avoir invité·e à être entendu·e."),
        _("Répondre"),
    ),
    "driver_answer": WaitingWords(
        _("Un motif à vérifier"),
        _("Dites si la raison d’agir est claire, et si c’est bien à ce cercle d’agir."),
        _("À la fin du délai, l’étape se clôt sans votre réponse."),
        _("Répondre"),
    ),
    "turn": WaitingWords(
        _("Un tour à prendre"),
        _("C’est à vous : posez votre question, dites votre ressenti, ou passez."),
        _("À la fin du délai, le tour se clôt sans vous."),
        _("Prendre mon tour"),
    ),
    "position": WaitingWords(
        _("Une position à donner"),
        _("Dites si vous consentez, avez une réserve ou vous opposez."),
        _("Ce que la charte dit du silence s’applique ; d’ordinaire il est noté « sans position »."),
        _("Donner ma position"),
    ),
    "judge": WaitingWords(
        _("Une objection à examiner"),
        _("Dites si l’objection est recevable, avec un argument si vous êtes en désaccord."),
        _("L’objection est examinée sans vous ; sans désaccord, elle est recevable."),
        _("Examiner"),
    ),
    "jury_vote": WaitingWords(
        _("Un jury vous attend"),
        _("Le sort vous a désigné·e : dites si l’objection est recevable, et pourquoi."),
        _("L’examen reste bloqué, et l’objection tient."),
        _("Répondre"),
    ),
    "confirm_resolved": WaitingWords(
        _("Votre objection est-elle levée ?"),
        _("Un texte a changé pour répondre à votre objection : dites si elle est levée."),
        _("Sans votre réponse, l’objection reste ouverte et rien n’est adopté."),
        _("Répondre"),
    ),
    "bring_back": WaitingWords(
        _("Un texte à rapporter"),
        _("On vous a confié ce texte à plusieurs : rapportez une version avant la date."),
        _("Passé le délai, la proposition est reportée."),
        _("Rapporter"),
    ),
    "ballot": WaitingWords(
        _("Un bulletin à remplir"),
        _("Votez, ou écrivez le nom de la personne que vous voyez dans ce rôle."),
        _("Le dépouillement se fait sans votre voix."),
        _("Aller au bulletin"),
    ),
    "poll_vote": WaitingWords(
        _("Un vote vous attend"),
        _("Le consentement n’a pas été trouvé : lisez le texte, puis votez pour, contre, ou abstenez-vous."),
        _("Le vote se clôt à son heure, sans votre voix."),
        _("Voter"),
    ),
    "election_reasons": WaitingWords(
        _("Vos raisons sont attendues"),
        _("Dites pourquoi vous avez écrit ce nom."),
        _("Votre bulletin compte, mais sans vos raisons il éclaire peu le groupe."),
        _("Donner mes raisons"),
    ),
    "accept_election": WaitingWords(
        _("On vous propose un rôle"),
        _("Acceptez ou déclinez, librement."),
        _("L’élection attend votre réponse ; sans elle, le rôle n’est pas pourvu."),
        _("Répondre"),
    ),
    "lot_commit": WaitingWords(
        _("Un tirage au sort : déposez votre enveloppe"),
        _("Déposez votre part de hasard, scellée : le tirage sera fait de toutes."),
        _("Le tirage se fait sans votre part de hasard."),
        _("Déposer"),
    ),
    "lot_reveal": WaitingWords(
        _("Un tirage au sort : ouvrez votre enveloppe"),
        _("Révélez votre part de hasard avant la date, sinon elle est écartée."),
        _("Votre part est écartée, et la page du tirage le dit avec votre nom."),
        _("Ouvrir"),
    ),
    "lot_beacon": WaitingWords(
        _("Un tirage au sort : lisez les dés ou le tirage public"),
        _("Écrivez les dés ou le tirage public comme vous les lisez, sans regarder ce que les autres écrivent."),
        _("Faute d’assez de lectures identiques à temps, le tirage est sans effet."),
        _("Écrire"),
    ),
    "charter_incomplete": WaitingWords(
        _("Une charte incomplète"),
        _("La charte ne fixe pas encore tout ce dont vos décisions ont besoin : proposez ce qui manque."),
        _("Ce qui en dépend reste fermé, et la page dit pourquoi."),
        _("Voir la charte"),
    ),
    "paper_confirm": WaitingWords(
        _("Un vote papier à confirmer"),
        _("Quelqu’un a saisi un vote papier : vérifiez-le et confirmez."),
        _("Ce vote ne compte pas tant qu’une seconde personne ne l’a pas confirmé."),
        _("Vérifier"),
    ),
    "countersign": WaitingWords(
        _("Une signature à donner"),
        _("Un registre attend votre contreseing : vérifiez qu’il prolonge bien ce que vous teniez."),
        _("Le registre tient, avec un témoin de moins."),
        _("Contresigner"),
    ),
}
GENERAL = WaitingWords(
    _("Quelque chose vous attend"),
    _("Ouvrez la page : elle dit ce qui est attendu de vous."),
    _("La page dit ce qui se passe sans réponse de votre part."),
    _("Ouvrir la page"),
)


ALIKE: Mapping[str, str] = {  # kinds that processes name by the act that they expect → the words for it
    "candidacy_confirm_sponsor": "sponsor",
    "candidacy_evaluate": "evaluate",
    "candidacy_synthesise": "synthesis",
    "candidacy_hear": "hearing",
    "candidacy_answer_conditions": "conditions",
    "candidacy_object": "probation_notice",
    "candidacy_panel_vote": "appeal_panel",
    "candidacy_renew": "renew",
    "consent_answer_driver": "driver_answer",
    "consent_take_turn": "turn",
    "consent_position": "position",
    "consent_judge": "judge",
    "consent_jury_vote": "jury_vote",
    "consent_confirm_resolved": "confirm_resolved",
    "consent_bring_back": "bring_back",
    "election_ballot": "ballot",
    "election_accept": "accept_election",
}


def waiting_words(kind: str) -> WaitingWords:
    """Return the words of a kind; the general ones for a kind that nobody told us of."""
    return KINDS.get(ALIKE.get(kind, kind), GENERAL)
