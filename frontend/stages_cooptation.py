"""Each stage of a co-optation, in a label and four sentences (see `frontend/stages.py`)."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from frontend.stages import StageText

__all__ = ["COOPTATION"]

COOPTATION: Mapping[str, StageText] = {
    "expression": StageText(
        _("Expression d’intérêt"),
        _(
            "Une personne ou une structure dit son envie d’entrer, signe la charte et répond à chaque valeur par "
            "un fait."
        ),
        _("On entre parce que d’autres nous ont vus vivre les valeurs communes, pas en payant."),
        _("Si vous connaissez la personne, vous pouvez la parrainer ; sinon lisez ce qu’elle a écrit."),
        _("Sans assez de parrainages, la candidature attend."),
    ),
    "sponsored": StageText(
        _("Parrainée"),
        _("Les parrainages sont réunis et la candidature est annoncée à tout le collectif."),
        _("La liste de qui décide est figée à ce moment : aucun compte créé ensuite ne compte."),
        _("Lisez la candidature ; les évaluations s’ouvrent ensuite."),
        _("Rien ne vous manquera : l’évaluation vous sera demandée."),
    ),
    "evaluation": StageText(
        _("Évaluation"),
        _(
            "Chaque membre dit, valeur par valeur, ce qu’il a vu : manifeste, en chemin, pas vu ou contraire, "
            "avec un fait daté."
        ),
        _("Des faits vus par plusieurs valent mieux qu’une impression ; on ne calcule jamais de moyenne."),
        _("Dites ce que vous avez vu ; « pas vu » est neutre et ne demande rien."),
        _("À la fin du délai, l’audition s’ouvre avec les évaluations reçues, sans la vôtre."),
    ),
    "hearing": StageText(
        _("Audition"),
        _("La personne candidate est entendue, et la synthèse des évaluations est lue."),
        _("Personne n’est jugé sans avoir été entendu."),
        _("Venez à la première réunion, écoutez et posez vos questions."),
        _("L’audition a lieu sans vous ; la décision se prend à une seconde réunion."),
    ),
    "decision": StageText(
        _("Décision"),
        _("Le collectif décide par consentement, à une seconde réunion."),
        _("Un délai entre les deux réunions laisse mûrir ce que l’on a entendu."),
        _("Donnez votre position ; une objection cite un article de la charte et un fait."),
        _("Votre silence n’est jamais un consentement : il est noté « sans position »."),
    ),
    "adjourned": StageText(
        _("Ajournée"),
        _("La décision est remise : des conditions précises ont été nommées."),
        _("Un « pas encore » qui dit ce qui manque vaut mieux qu’un refus."),
        _("Attendez la réponse de la personne candidate aux conditions."),
        _("La décision reprend quand les conditions ont reçu leur réponse."),
    ),
    "vote": StageText(
        _("Vote secret"),
        _("Le consentement n’a pas été trouvé et la décision n’est plus ajournée : on vote, en secret."),
        _("La charte le permet pour qu’une candidature ait une fin ; le secret laisse libre envers la personne."),
        _("Votez pour, contre ou abstention, depuis la page du vote."),
        _("Votre voix ne compte pas ; si trop peu votent, rien n’est adopté et la candidature est refusée."),
    ),
    "probation": StageText(
        _("Période probatoire"),
        _("La personne participe, accompagnée par une autre ; elle a la parole mais ne décide pas encore."),
        _("On se connaît vraiment en travaillant ensemble."),
        _("Accueillez-la ; si un fait contredit la charte, dites-le avant la fin."),
        _("Après un avis envoyé à chaque membre, sans objection à la fin, la personne devient membre."),
    ),
    "member": StageText(
        _("Membre"),
        _("La personne est membre, avec les mêmes droits que toutes les autres."),
        _("Une voix par membre, quelle que soit son ancienneté."),
        _("Travaillez et décidez ensemble."),
        _("L’adhésion dure jusqu’au prochain renouvellement."),
    ),
    "renewal": StageText(
        _("Renouvellement"),
        _("L’adhésion arrive à son terme : la personne dit où elle en est de chaque valeur et si elle continue."),
        _("Rester est un choix que l’on refait, pas une habitude."),
        _("Rien à faire, sauf si le renouvellement est le vôtre."),
        _("Après un avertissement sans réponse, l’adhésion devient caduque, sans faute."),
    ),
    "lapsed": StageText(
        _("Caduque"),
        _("L’adhésion s’est éteinte faute de renouvellement ; aucune faute n’est inscrite."),
        _("Une liste de membres doit dire qui est vraiment là."),
        _("La personne peut revenir par une nouvelle expression d’intérêt."),
        _("Rien de plus ne se passe."),
    ),
    "declined": StageText(
        _("Non retenue"),
        _("Le collectif n’a pas trouvé de consentement pour cette entrée."),
        _("Les motifs citent des articles de la charte : on sait sur quoi."),
        _("La personne peut demander un recours, une fois, dans le délai de la charte."),
        _("Passé le délai du recours, la décision tient."),
    ),
    "excluded": StageText(
        _("Exclue"),
        _("Le collectif a décidé l’exclusion, par le même chemin que l’entrée."),
        _("On ne sort quelqu’un qu’après l’avoir entendu, pour un fait et un article."),
        _("La personne peut demander un recours, une fois, dans le délai de la charte."),
        _("Passé le délai du recours, la décision tient."),
    ),
    "appeal": StageText(
        _("Recours"),
        _("Des personnes tirées au sort, étrangères à l’affaire, vérifient que la procédure a été suivie."),
        _("Un collectif peut se tromper de chemin : d’autres yeux le voient mieux."),
        _("Attendez leur réponse : confirmer, ou renvoyer pour une faute de procédure."),
        _("La décision contestée tient tant que le recours n’a pas répondu."),
    ),
    "suspended": StageText(
        _("Suspendue"),
        _("L’adhésion est suspendue par une décision distincte, le temps d’examiner l’exclusion proposée."),
        _("Une suspension protège le groupe sans juger d’avance."),
        _("Lisez les faits ; la personne sera entendue."),
        _("La suspension dure jusqu’à la décision."),
    ),
    "withdrawn": StageText(
        _("Retirée"),
        _("La personne a retiré sa candidature."),
        _("On a le droit de changer d’avis."),
        _("Rien : c’est fini, et la porte reste ouverte."),
        _("Rien de plus ne se passe."),
    ),
}
