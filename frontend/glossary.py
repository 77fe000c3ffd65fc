"""Words of assemblies, of consent and of trust, explained in ours. An anchor never changes: pages link to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["GLOSSARY", "Word", "word_of"]


@dataclass(frozen=True)
class Word:
    """One word: its place in the page, the word itself, what it means here."""

    anchor: str
    word: Promise
    text: Promise


GLOSSARY: Sequence[Word] = (
    Word("abstention", pgettext_lazy("glossary", "Abstention"),
         _("Prendre part à un vote sans dire ni pour ni contre. Elle compte pour le quorum, et n’entre pas dans "
           "la part des voix pour.")),
    Word("amendement", pgettext_lazy("glossary", "Amendement"),
         _("Un changement du texte d’une proposition. Chaque amendement fait une nouvelle version, que tout "
           "le monde peut comparer à la précédente.")),
    Word("animation", pgettext_lazy("glossary", "Animation"),
         _("Le rôle de qui fait avancer l’assemblée : donner la parole, ouvrir et clore les étapes, garder le "
           "temps. L’animation ne juge pas seule et n’anime pas un point qu’elle porte.")),
    Word("assemblee", pgettext_lazy("glossary", "Assemblée"),
         _("Une réunion d’un cercle, convoquée avec un ordre du jour, où l’on décide selon la charte. Ce qui "
           "s’y fait est gardé acte par acte.")),
    Word("attestation", pgettext_lazy("glossary", "Attestation"),
         _("Un écrit daté et signé par lequel un membre dit ce qu’il sait d’un autre. Elle a une durée, se "
           "renouvelle et se retire.")),
    Word("bonification", pgettext_lazy("glossary", "Bonification"),
         _("Un changement qui garde ce que le texte a de bon et lève une objection. Elle ne doit pas en créer "
           "une autre.")),
    Word("bulletin", pgettext_lazy("glossary", "Bulletin"),
         _("Ce qu’une personne écrit pour élire ou voter. Il reste caché jusqu’au dépouillement.")),
    Word("cercle", pgettext_lazy("glossary", "Cercle"),
         _("Un groupe de membres qui décident ensemble sur un sujet : sa raison d’être dit lequel.")),
    Word("charte", pgettext_lazy("glossary", "Charte"),
         _("Le texte commun d’un collectif : ses valeurs, article par article, et ses règles chiffrées. Toute "
           "décision dit à quelle version elle a obéi.")),
    Word("clarification", pgettext_lazy("glossary", "Clarification"),
         _("Une question pour comprendre, jamais pour convaincre. Le tour recommence tant qu’il reste une "
           "question.")),
    Word("college", pgettext_lazy("glossary", "Collège"),
         _("Une catégorie de membres dont on peut compter les voix à part, quand les statuts le prévoient. Il "
           "dort tant que personne ne demande à le constituer.")),
    Word("compagnon", pgettext_lazy("glossary", "Compagnon, compagne"),
         _("La personne qui accompagne quelqu’un pendant sa période probatoire et répond à ses questions.")),
    Word("compte-rendu", pgettext_lazy("glossary", "Compte rendu"),
         _("Le récit de l’assemblée, tiré des actes eux-mêmes. Les personnes venues l’approuvent ou le "
           "contestent, puis il entre au registre.")),
    Word("consentement", pgettext_lazy("glossary", "Consentement"),
         _("Une décision est prise quand personne n’a d’objection. Consentir n’est pas préférer : c’est "
           "pouvoir vivre avec, et l’essayer.")),
    Word("contreseing", pgettext_lazy("glossary", "Contreseing"),
         _("La signature d’un autre nœud sur l’état d’un registre : plus personne ne peut le réécrire sans "
           "que cela se voie.")),
    Word("cooptation", pgettext_lazy("glossary", "Cooptation"),
         _("L’entrée d’un membre par l’appréciation des autres, sur des faits et des valeurs, et non contre "
           "de l’argent.")),
    Word("criteres", pgettext_lazy("glossary", "Critères d’évaluation"),
         _("Ce qu’on regardera à la révision pour savoir si la décision était bonne. On les écrit avant de "
           "décider.")),
    Word("election-sans-candidat", pgettext_lazy("glossary", "Élection sans candidat"),
         _("On choisit une personne pour un rôle sans que personne se présente : chacun dit un nom et ses "
           "raisons, et l’on cherche un choix sans objection.")),
    Word("electorat", pgettext_lazy("glossary", "Électorat"),
         _("La liste des personnes qui décident sur un point. Elle est figée à l’ouverture : personne n’y "
           "entre après coup.")),
    Word("evaluation", pgettext_lazy("glossary", "Évaluation"),
         _("Ce qu’un membre a vu d’une personne candidate, valeur par valeur, avec un fait daté. On ne "
           "calcule jamais de moyenne.")),
    Word("federation", pgettext_lazy("glossary", "Fédération"),
         _("Des nœuds indépendants qui s’échangent des fiches, des attestations et des décisions signées, "
           "sans centre.")),
    Word("jury", pgettext_lazy("glossary", "Jury"),
         _("Des personnes tirées au sort, aussi nombreuses que la charte le dit. Quand le groupe ne s’accorde pas, "
           "elles disent si une objection est recevable, avec leurs raisons.")),
    Word("mandat", pgettext_lazy("glossary", "Mandat"),
         _("Un rôle confié à quelqu’un, avec une mission, un début et une fin. Il se renouvelle ou se passe, "
           "il ne s’éternise pas.")),
    Word("motif", pgettext_lazy("glossary", "Motif"),
         _("La raison d’agir : ce qui se passe, et ce dont nous avons besoin. On s’accorde sur le motif avant "
           "de discuter d’une solution.")),
    Word("noeud", pgettext_lazy("glossary", "Nœud"),
         _("Une installation de Toile, tenue par un collectif. Chaque nœud garde ses membres et parle aux "
           "autres.")),
    Word("objection", pgettext_lazy("glossary", "Objection"),
         _("Un argument qui montre que le texte nuirait au but commun, ou qu’une amélioration en vaut la "
           "peine. Ce n’est ni un veto ni une préférence.")),
    Word("observation", pgettext_lazy("glossary", "Observation"),
         _("Suivre une assemblée sans prendre position : on lit, et on parle si la parole est donnée.")),
    Word("ordre-du-jour", pgettext_lazy("glossary", "Ordre du jour"),
         _("La liste des points d’une assemblée, connue d’avance par toutes les personnes convoquées.")),
    Word("parrainage", pgettext_lazy("glossary", "Parrainage"),
         _("L’engagement d’un membre à porter une candidature et à l’accompagner jusqu’à la décision.")),
    Word("periode-probatoire", pgettext_lazy("glossary", "Période probatoire"),
         _("Le temps où une personne participe, accompagnée, avant de décider avec les autres.")),
    Word("position", pgettext_lazy("glossary", "Position"),
         _("Ce que chaque personne répond à l’appel : je consens, j’ai une réserve, je m’oppose. Elle reste "
           "cachée jusqu’à la révélation.")),
    Word("presence", pgettext_lazy("glossary", "Présence"),
         _("Être entré dans l’assemblée et y donner signe de vie. Elle se perd après un temps fixé par la "
           "charte, et revient d’elle-même.")),
    Word("procuration", pgettext_lazy("glossary", "Procuration"),
         _("Le pouvoir donné à quelqu’un de voter à sa place, si la charte le permet. Elle peut porter une "
           "réserve, jamais un consentement.")),
    Word("quorum", pgettext_lazy("glossary", "Quorum"),
         _("La part des personnes appelées à décider qu’il faut atteindre pour que la décision engage le "
           "cercle.")),
    Word("recevabilite", pgettext_lazy("glossary", "Recevabilité"),
         _("Une objection est recevable si personne ne pense le contraire. Sinon, on examine l’argument de qui "
           "pense qu’elle ne l’est pas.")),
    Word("recours", pgettext_lazy("glossary", "Recours"),
         _("La demande, une fois, que des personnes tirées au sort vérifient que la procédure a été suivie.")),
    Word("registre", pgettext_lazy("glossary", "Registre des décisions"),
         _("La suite des décisions et comptes rendus, enchaînés de sorte qu’un changement après coup se voie. "
           "Une correction est une nouvelle ligne.")),
    Word("renouvellement", pgettext_lazy("glossary", "Renouvellement"),
         _("Le moment où un membre dit s’il continue. Sans réponse après un avertissement, l’adhésion "
           "s’éteint, sans faute.")),
    Word("reserve", pgettext_lazy("glossary", "Réserve"),
         _("Un doute qui n’empêche pas de décider. Elle est gardée avec la décision et relue à la révision.")),
    Word("ressenti", pgettext_lazy("glossary", "Ressenti"),
         _("Ce que chaque personne dit, une fois et sans débat, de la manière dont elle reçoit la proposition.")),
    Word("revision", pgettext_lazy("glossary", "Révision"),
         _("Le jour où l’on relit une décision à la lumière de ses critères. Toute décision a une date de "
           "révision.")),
    Word("scrutin-secret", pgettext_lazy("glossary", "Scrutin secret"),
         _("Un vote où nul ne voit qui a voté quoi dans l’application. La page du scrutin dit aussi ce qui "
           "n’est pas protégé.")),
    Word("seuil", pgettext_lazy("glossary", "Seuil"),
         _("La part des voix pour, parmi les voix pour ou contre, qu’il faut dans un vote pour que le texte soit "
           "adopté. À égalité, il ne l’est pas.")),
    Word("silence", pgettext_lazy("glossary", "Silence"),
         _("Ne pas répondre. En direct, ce n’est jamais un consentement ; en différé, c’est ce que la charte "
           "dit, une fois pour toutes.")),
    Word("tirage-au-sort", pgettext_lazy("glossary", "Tirage au sort"),
         _("Un choix par le hasard que tout le monde peut refaire et vérifier. Le sort désigne, l’assemblée "
           "nomme.")),
    Word("toile-de-confiance", pgettext_lazy("glossary", "Toile de confiance"),
         _("L’ensemble des attestations entre membres. On y lit par qui un chemin mène d’une personne à une "
           "autre, et pourquoi.")),
    Word("tour-de-parole", pgettext_lazy("glossary", "Tour de parole"),
         _("Chaque personne parle une fois, dans l’ordre, sans être interrompue ; on peut passer.")),
    Word("vote-de-repli", pgettext_lazy("glossary", "Vote de repli"),
         _("Un vote qui prend le relais quand le consentement n’a pas été trouvé, seulement si la charte le "
           "permet. Le registre dit que c’était un vote.")),
    Word("vote-nominal", pgettext_lazy("glossary", "Vote nominatif"),
         _("Un vote où chaque choix est montré avec son nom, une fois le vote clos. Jusque-là on peut changer "
           "d’avis.")),
)  # fmt: skip
_BY_ANCHOR = {each.anchor: each for each in GLOSSARY}


def word_of(anchor: str) -> Word | None:
    """Return the word at an anchor, None if there is none."""
    return _BY_ANCHOR.get(anchor)
