"""The words of co-optation: stages in sentences, acts as buttons, marks, and what happened."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.rules.candidacy import Stage

__all__ = ["ACTS", "CAUSES", "EXPECTED", "FIELDS", "HISTORY", "MARKS", "NATURES", "SILENCE", "STAGES", "THREAD", "WHAT"]
__all__ += ["VOTED"]

Words = Mapping[str, str | Promise]

STAGES: Words = {
    Stage.NEW.value: _("Demande"),
    Stage.EXPRESSION.value: _("Demande"),
    Stage.SPONSORED.value: _("Parrainage"),
    Stage.EVALUATION.value: _("Évaluation"),
    Stage.HEARING.value: _("Audition"),
    Stage.DECISION.value: _("Décision"),
    Stage.ADJOURNED.value: _("Ajournée, sous conditions"),
    Stage.VOTE.value: _("Vote secret en cours"),
    Stage.PAUSED.value: _("En pause : un parrainage manque"),
    Stage.PROBATION.value: _("Période probatoire"),
    Stage.MEMBER.value: _("Membre"),
    Stage.RENEWAL.value: _("Renouvellement attendu"),
    Stage.APPEAL.value: _("Recours"),
    Stage.LAPSED.value: _("Caduque, sans faute"),
    Stage.DECLINED.value: _("Refusée"),
    Stage.EXCLUDED.value: _("Exclusion décidée"),
    Stage.WITHDRAWN.value: _("Retirée"),
}
THREAD = (
    Stage.EXPRESSION,
    Stage.SPONSORED,
    Stage.EVALUATION,
    Stage.HEARING,
    Stage.DECISION,
    Stage.PROBATION,
    Stage.MEMBER,
)
CAUSES: Words = {
    "admission": _("candidature"),
    "probation": _("fin de période probatoire"),
    "exclusion": _("exclusion proposée"),
}
WHAT: Words = {
    Stage.EXPRESSION.value: _(
        "La personne a signé la charte, répondu à chaque valeur par un fait, et cherche des membres qui la parrainent."
    ),
    Stage.SPONSORED.value: _(
        "Les parrainages sont là. Une marraine ou un parrain annonce la candidature à tout le monde."
    ),
    Stage.EVALUATION.value: _(
        "Chaque membre dit, valeur par valeur, ce qu’il ou elle a vu. Tout reste sous scellé jusqu’à l’ouverture, "
        "et se lit ensuite comme une répartition, jamais comme une moyenne."
    ),
    Stage.HEARING.value: _("La personne est entendue dans une première rencontre, où la synthèse est lue."),
    Stage.DECISION.value: _("Le cercle décide par consentement, dans une seconde rencontre."),
    Stage.ADJOURNED.value: _("Le cercle a nommé des conditions. La décision reprend quand il y est répondu."),
    Stage.VOTE.value: _(
        "Le cercle n’a pas trouvé de consentement, et la charte permet alors un vote secret. Y votent celles et "
        "ceux qui étaient appelés à décider depuis l’annonce, jamais la personne concernée."
    ),
    Stage.PAUSED.value: _(
        "Une marraine ou un parrain est parti. Rien n’avance avant qu’un·e autre ne prenne le relais."
    ),
    Stage.PROBATION.value: _(
        "La personne participe avec une voix consultative, accompagnée. Le silence ne confirme qu’après un avis donné "
        "à chaque membre."
    ),
    Stage.MEMBER.value: _("La personne est membre. Elle dit chaque année comment elle vit les valeurs."),
    Stage.RENEWAL.value: _(
        "Une déclaration est attendue, valeur par valeur. Sans réponse, l’appartenance s’arrête, sans faute."
    ),
    Stage.APPEAL.value: _(
        "Des membres tirés au sort, hors parrainages et objections, regardent si la procédure a été suivie. "
        "Ils confirment, ou renvoient la décision ; ils n’admettent jamais."
    ),
    Stage.LAPSED.value: _(
        "L’appartenance s’est arrêtée faute de déclaration. On peut revenir par une nouvelle demande."
    ),
    Stage.DECLINED.value: _(
        "Le cercle n’a pas consenti. Un recours est possible une fois, pour une faute de procédure."
    ),
    Stage.EXCLUDED.value: _("Le cercle a mis fin à l’appartenance. Un recours est possible une fois."),
    Stage.WITHDRAWN.value: _("La personne a retiré sa demande, ou quitté le collectif."),
}
SILENCE: Words = {
    Stage.EXPRESSION.value: _("Si personne ne fait rien, la demande attend."),
    Stage.EVALUATION.value: _("Si vous ne dites rien, l’audition s’ouvre à l’échéance avec ce qui a été donné."),
    Stage.HEARING.value: _("Si personne ne fait rien, la candidature attend sa première rencontre."),
    Stage.DECISION.value: _("Le silence n’est jamais un consentement : la décision attend sa seconde rencontre."),
    Stage.VOTE.value: _(
        "Si trop peu de personnes votent, le vote n’adopte rien : la candidature est refusée, et un recours reste "
        "possible."
    ),
    Stage.PROBATION.value: _("Si personne n’objecte après l’avis, la personne devient membre."),
    Stage.RENEWAL.value: _("Sans déclaration à l’échéance, l’appartenance s’arrête."),
}
ACTS: Words = {
    "ask_sponsor": _("Demander un parrainage"),
    "decline_sponsor": _("Ne pas parrainer"),
    "confirm_sponsor": _("Parrainer"),
    "step_down": _("Cesser de parrainer"),
    "announce": _("Annoncer la candidature"),
    "evaluate": _("Donner mon évaluation"),
    "close_evaluation": _("Ouvrir les évaluations"),
    "synthesise": _("Écrire la synthèse"),
    "hear": _("Noter l’audition"),
    "open_decision": _("Préparer la décision"),
    "answer_conditions": _("Répondre aux conditions"),
    "decide_again": _("Reprendre la décision"),
    "name_companion": _("Nommer un·e compagnon·e"),
    "object": _("Faire une objection"),
    "withdraw_objection": _("Retirer mon objection"),
    "flag": _("Signaler un fait"),
    "take_up_flag": _("Reprendre ce signalement comme objection"),
    "withdraw": _("Retirer ma demande"),
    "renew": _("Renouveler mon appartenance"),
    "propose_exclusion": _("Proposer l’exclusion"),
    "drop_exclusion": _("Retirer ma proposition d’exclusion"),
    "appeal": _("Faire un recours"),
    "panel_vote": _("Donner mon avis sur le recours"),
}
EXPECTED: Words = {
    "ask_sponsor": _("Demandez à des membres de vous parrainer."),
    "confirm_sponsor": _("On vous demande de parrainer cette personne."),
    "announce": _("C’est à vous d’annoncer la candidature."),
    "evaluate": _("Votre évaluation est attendue."),
    "synthesise": _("Les évaluations sont ouvertes : écrivez la synthèse que la personne lira."),
    "hear": _("Notez l’audition quand la première rencontre a eu lieu."),
    "open_decision": _("Préparez la décision, puis mettez-la à l’ordre du jour d’une seconde rencontre."),
    "answer_conditions": _("Dites comment vous répondez aux conditions."),
    "object": _("La période probatoire va se terminer. Sans objection, la personne devient membre."),
    "renew": _("Votre déclaration annuelle est attendue."),
    "panel_vote": _("Le sort vous a désigné·e pour ce recours. Votre avis est attendu."),
}
MARKS: Words = {
    "manifest": _("manifeste"),
    "in_progress": _("en chemin"),
    "not_seen": _("pas vu"),
    "contrary": _("contraire"),
}
NATURES: Words = {
    "values": _("le respect d’une valeur de la charte"),
    "commercial": _("une raison commerciale"),
    "taste": _("une affaire de goût"),
    "price": _("un prix"),
    "territory": _("un territoire partagé"),
}
FIELDS: Words = {
    "person": _("Membre"),
    "organisation": _("Au nom de quelle organisation ?"),
    "text": _("Texte"),
    "assembly": _("Rencontre"),
    "present": _("La personne était-elle là ?"),
    "article": _("Article de la charte"),
    "fact": _("Le fait, daté"),
    "nature": _("Ce que touche l’objection"),
    "send_back": _("Y a-t-il eu une faute de procédure ?"),
}
HISTORY: Words = {
    "express": _("demande de rejoindre"),
    "ask_sponsor": _("parrainage demandé"),
    "decline_sponsor": _("parrainage décliné"),
    "confirm_sponsor": _("parrainage donné"),
    "step_down": _("parrainage cessé"),
    "sponsor_left": _("un parrainage manque"),
    "announce": _("candidature annoncée, liste des personnes qui décident fixée"),
    "close_evaluation": _("évaluations ouvertes"),
    "reveal": _("évaluations ouvertes à l’échéance"),
    "synthesise": _("synthèse écrite"),
    "hear": _("audition"),
    "open_decision": _("décision préparée"),
    "decided": _("décision prise"),
    "counted": _("vote secret clos et compté"),
    "decision_dropped": _("proposition retirée ou renvoyée ailleurs, la décision reste à prendre"),
    "answer_conditions": _("réponse aux conditions"),
    "decide_again": _("décision reprise"),
    "name_companion": _("compagnon·e nommé·e"),
    "notice": _("avis de fin de période probatoire donné à chaque membre"),
    "end_probation": _("fin de la période probatoire"),
    "object": _("objection"),
    "withdraw_objection": _("objection retirée"),
    "flag": _("signalement d’un autre nœud"),
    "take_up_flag": _("signalement repris comme objection"),
    "withdraw": _("demande retirée"),
    "renewal_due": _("renouvellement demandé"),
    "renew": _("renouvellement déclaré"),
    "lapse": _("appartenance caduque"),
    "propose_exclusion": _("exclusion proposée"),
    "drop_exclusion": _("proposition d’exclusion retirée"),
    "suspend": _("suspension décidée"),
    "left": _("départ"),
    "appeal": _("recours"),
    "panel_vote": _("avis sur le recours"),
    "juror_left": _("départ d’une personne tirée au sort"),
}

VOTED: Words = {
    "carried": _("Le vote a accueilli la personne : la part de voix demandée par la charte est atteinte."),
    "rejected": _("Le vote n’a pas atteint la part de voix demandée par la charte : la candidature est refusée."),
    "void": _("Trop peu de personnes ont voté : le vote n’adopte rien et la candidature est refusée."),
    "withheld": _(
        "Si peu de voix ont été données que les compter dirait qui a voté quoi : rien n’est compté ni montré, et la "
        "candidature est refusée."
    ),
}

SUSPENDED_NEXT: Words = {
    Stage.HEARING.value: _("Ensuite, la personne est entendue dans une rencontre, puis l’exclusion se décide."),
    Stage.DECISION.value: _("Ensuite, l’exclusion se décide dans une rencontre. Sans exclusion, la suspension cesse."),
    Stage.ADJOURNED.value: _("Ensuite, la personne répond aux conditions posées, et la décision reprend."),
    Stage.APPEAL.value: _("Ensuite, des personnes tirées au sort disent si la procédure a été suivie."),
}
