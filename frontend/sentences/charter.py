"""What to say for the codes of the charter's versions, of circles and of mandates."""

from django.utils.translation import gettext_lazy as _

CHARTER = {
    # --- changing the charter
    "charter_text_differs": _(
        "Ce texte n’est pas celui que donne le projet de charte. Changez-le dans le projet : seul un texte qui en est "
        "tiré peut entrer en vigueur."
    ),
    "charter_no_end": _("Une charte vaut jusqu’à la suivante : donnez-lui une date de révision, pas une date de fin."),
    "charter_base_moved": _(
        "Une autre version de la charte (nᵒ %(version)s) est entrée en vigueur entre-temps ; ce texte part de la "
        "version %(base)s. La personne qui le porte le reprend d’abord sur la nouvelle version, ou le retire."
    ),
    "charter_complete": _("La charte fixe déjà toutes les règles dont le logiciel a besoin."),
    "charter_unchanged": _("Ce projet ne change encore rien à la charte."),
    "version_unknown": _("Cette version de la charte n’existe pas."),
    "text_from_draft": _("Ce texte est tiré du projet de charte : changez-le dans le projet."),
    "draft_unknown": _("Ce projet de charte n’existe pas, ou n’est pas le vôtre."),
    "draft_proposed": _("Ce projet a été proposé : il reste, avec sa proposition."),
    "draft_not_now": _(
        "La décision est ouverte, et son texte ne se change pas à cette étape. Il se change au brouillon, à "
        "l’amendement, ou pour lever une objection. Votre projet est gardé."
    ),
    "draft_over": _("Cette décision est finie. Reprenez ce changement dans un nouveau projet."),
    "not_in_first_circle": _("La charte se change dans le premier cercle du collectif, par ses membres."),
    "too_many_articles": _("Une charte a %(limit)s articles au plus."),
    "figure_unknown": _("Ce nœud ne connaît pas cette règle."),
    "class_malformed": _("Un genre de décision se nomme en minuscules sans accent, sans espace, 40 signes au plus."),
    "out_of_bounds": _("Cette valeur sort des bornes."),
    "article_reused": _("Cet identifiant a été celui d’un article retiré : il ne revient pas."),
    "article_malformed": _("Cet identifiant d’article n’est pas lisible."),
    "articles_missing": _("Une objection devrait citer un article, et la charte n’en a pas."),
    "heading_missing": _("Le titre manque."),
    "doubled": _("Deux articles ont le même identifiant."),
    # --- circles and mandates
    "last_in_first_circle": _(
        "Vous êtes la dernière personne du premier cercle : plus personne ne pourrait y entrer. Accueillez d’abord un "
        "autre membre."
    ),
    "first_circle_stays": _("Le premier cercle reste ouvert : c’est lui qui change la charte."),
    "circle_not_empty": _("Ce cercle a encore des membres."),
    "mandate_unknown": _("Ce mandat n’existe pas."),
    "mandate_too_long": _("La charte borne la durée d’un mandat : celui-ci finit au plus tard le %(until)s."),
    "mandate_held": _("Cette personne tient déjà ce mandat à ces dates."),
    "cooling_off": _(
        "Cette personne a repris ce mandat autant que la charte le permet. Elle peut le reprendre le %(until)s."
    ),
    "mandate_by_decision": _(
        "Ce mandat vient d’une élection ou d’un tirage au sort : la personne qui le tient peut le rendre, sinon il "
        "faut une décision."
    ),
}
