"""What to say for the codes of co-optation."""

from django.utils.translation import gettext_lazy as _

COOPTATION = {
    "person_needed": _("C’est à quelqu’un de le faire, pas à l’horloge."),
    "candidacy_unknown": _("Cette candidature n’existe pas, ou ne vous est pas ouverte."),
    "candidacy_under_way": _("Une demande est déjà en cours : suivez-la plutôt."),
    "candidacy_not_decided_now": _("Cette candidature n’est pas à l’étape de la décision."),
    "decided_for_good": _("Cette décision est prise. Pour y revenir, il y a le recours ou la proposition d’exclusion."),
    "circle_missing": _("Ce collectif n’a pas encore de cercle pour décider."),
    "charter_changed": _("La charte a changé depuis que vous l’avez lue. Relisez-la avant de signer."),
    "value_unanswered": _("Répondez à chaque valeur par un fait."),
    "membership_suspended": _(
        "Votre appartenance est suspendue depuis le %(since)s, le temps d’examiner l’exclusion proposée. Vous pouvez "
        "suivre et être entendu·e, pas agir ni prendre position. La suite est dans votre dossier, page Candidatures."
    ),
    "person_suspended": _(
        "L’appartenance de cette personne est suspendue, le temps d’examiner l’exclusion proposée : elle est entendue, "
        "mais personne ne la compte présente, ne répond ni ne prend position à sa place."
    ),
    "own_candidacy": _("On n’agit pas sur sa propre candidature."),
    "not_candidate": _("C’est à la personne concernée de le faire."),
    "not_asked": _("Cette personne ne vous a pas demandé de la parrainer."),
    "not_sponsor": _("C’est à celles et ceux qui parrainent de le faire."),
    "witness_needed": _("C’est à quelqu’un qui ne parraine pas et ne propose pas de le noter."),
    "not_in_panel": _("Le sort ne vous a pas désigné·e pour ce recours."),
    "already_asked": _("Ce parrainage est déjà demandé ou donné."),
    "sponsor_not_member": _("Seul un membre du collectif peut parrainer."),
    "sponsor_standing": _("Pour parrainer, il faut être membre depuis %(months)s mois."),
    "sponsor_too_many": _("On ne parraine pas plus de %(most)s candidatures à la fois."),
    "sponsor_too_soon": _("Il faut %(days)s jours entre deux parrainages."),
    "sponsor_organisation": _(
        "Les parrainages viennent d’organisations différentes, et pas de celle de la candidature."
    ),
    "sponsors_enough": _("Les %(needed)s parrainages sont déjà là."),
    "electorate_too_small": _("Il faut au moins %(needed)s membres pour décider."),
    "electorate_changed": _("Seules décident les personnes qui étaient appelées à décider à l’ouverture."),
    "evaluations_closed": _("Les évaluations sont closes depuis le %(until)s."),
    "evaluations_missing": _("Il manque encore des évaluations ; elles s’ouvriront au plus tard le %(until)s."),
    "date_future": _("Un fait a déjà eu lieu : choisissez une date passée."),
    "assembly_not_held": _("Choisissez une rencontre ouverte depuis que l’audition est attendue."),
    "synthesis_missing": _("Il faut d’abord la synthèse des marraines et parrains."),
    "candidate_absent": _("Une candidature se décide après avoir entendu la personne."),
    "decision_prepared": _("La décision est déjà préparée."),
    "objection_open": _("Une objection est encore ouverte : rien ne se confirme par-dessus."),
    "ground_void": _(
        "Ce motif ne compte pas : ni le commerce, ni le goût, ni le prix, ni le territoire n’écartent quelqu’un."
    ),
    "exit_not_allowed": _("Pour une personne, on amende (poser des conditions) ou on ajourne, rien d’autre."),
    "conditions_not_answered": _("La décision reprend quand la personne a répondu aux conditions."),
    "notice_given": _("L’avis est déjà donné."),
    "notice_missing": _("Chaque membre doit d’abord recevoir l’avis."),
    "not_announced": _("Cette candidature n’est pas encore annoncée."),
    "flags_closed": _("Les signalements d’autres nœuds se font dans les %(days)s jours."),
    "already_flagged": _("Vous avez déjà signalé un fait."),
    "flag_settled": _("Ce signalement n’attend plus rien."),
    "flag_for_other_nodes": _("Ce signalement est ouvert aux membres d’autres nœuds."),
    "already_appealed": _("Un recours a déjà eu lieu : il n’y en a qu’un."),
    "appeal_closed": _("Le recours est possible pendant %(days)s jours."),
    "panel_impossible": _("Hors parrainages et objections, il ne reste personne à tirer au sort."),
}
