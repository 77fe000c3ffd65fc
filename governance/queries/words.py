"""Labels of acts, fields and choices. Sentences for codes and stages live in `frontend/messages.py`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, Promise] = {
    "check_in": _("J’entre dans l’assemblée"),
    "leave": _("Je quitte l’assemblée"),
    "open": _("Ouvrir l’assemblée"),
    "pause": _("Suspendre l’assemblée"),
    "resume_meeting": _("Reprendre l’assemblée"),
    "go_to_item": _("Passer à un point"),
    "add_item": _("Ajouter un point"),
    "ask_to_speak": _("Demander la parole"),
    "withdraw_request": _("Retirer ma demande"),
    "give_floor": _("Donner la parole"),
    "end_turn": _("Finir la prise de parole"),
    "set_timer": _("Lancer le minuteur"),
    "pause_timer": _("Mettre le minuteur en pause"),
    "resume_timer": _("Relancer le minuteur"),
    "stop_timer": _("Arrêter le minuteur"),
    "hand_over": _("Passer l’animation"),
    "accept_facilitation": _("Accepter l’animation"),
    "take_over": _("Reprendre l’animation"),
    "second_facilitator": _("Appuyer cette personne à l’animation"),
    "name_deputy": _("Désigner la suppléance"),
    "name_secretary": _("Désigner le secrétariat"),
    "note_incident": _("Noter un incident technique"),
    "undo": _("Annuler (10 s)"),
    "close": _("Clore l’assemblée"),
    "draw_up_minutes": _("Établir le compte rendu"),
    "amend_minutes": _("Corriger le compte rendu"),
    "approve_minutes": _("Approuver le compte rendu"),
    "contest_minutes": _("Demander une correction"),
    "edit_draft": _("Modifier le brouillon"),
    "submit": _("Soumettre"),
    "answer_driver": _("Répondre sur le motif"),
    "accept_driver": _("Le motif est clair et c’est le nôtre"),
    "send_back": _("Renvoyer au brouillon"),
    "refer": _("Renvoyer à qui de droit"),
    "start": _("Commencer les clarifications"),
    "take_turn": _("Prendre mon tour"),
    "pass_turn": _("Passer mon tour"),
    "answer_question": _("Répondre à une question"),
    "close_round": _("Clore le tour"),
    "keep": _("Garder le texte"),
    "amend": _("Amender le texte"),
    "position": _("Donner ma position"),
    "confirm_objection": _("Confirmer mon objection"),
    "reveal": _("Révéler les positions"),
    "judge": _("Dire si l’objection est recevable"),
    "refine": _("Préciser mon objection"),
    "close_test": _("Conclure l’examen"),
    "draw_jury": _("Tirer un jury au sort"),
    "jury_vote": _("Donner mon avis de juré·e"),
    "withdraw_objection": _("Retirer mon objection"),
    "confirm_resolved": _("Mon objection est levée"),
    "offer_amendment": _("Proposer une bonification"),
    "oppose_amendment": _("M’opposer à cette bonification"),
    "accept_amendment": _("Retenir la bonification"),
    "choose_exit": _("Choisir une autre issue"),
    "bring_back": _("Rapporter le texte du sous-groupe"),
    "extend": _("Prolonger l’étape"),
    "expire": _("Constater la fin du temps"),
    "resume": _("Reprendre la proposition"),
    "withdraw": _("Retirer la proposition"),
    "close_decision": _("Clore la décision"),
    "file_concern": _("Déposer une réserve"),
    "reopen": _("Rouvrir sur un fait nouveau"),
}

SYSTEM: dict[str, Promise] = {
    "prepare": _("La décision est ouverte"),
    "presence": _("La présence a changé"),
    "lapse": _("Présence perdue"),
    "back": _("Présence retrouvée"),
    "invite": _("Personne ajoutée à la convocation"),
    "review": _("Date de révision atteinte"),
}

FIELDS: dict[str, Promise] = {
    "version": _("Version"),
    "call": _("Appel"),
    "round": _("Tour"),
    "objection": _("Objection"),
    "item": _("Point"),
    "title": _("Titre"),
    "text": _("Texte"),
    "driver": _("Motif : pourquoi agir"),
    "review_on": _("À revoir le"),
    "responsible": _("Personne responsable"),
    "criteria": _("Critères d’évaluation"),
    "ends_on": _("Fin prévue le"),
    "why": _("Pour"),
    "person": _("Personne"),
    "persons": _("Personnes"),
    "minutes": _("Durée en minutes"),
    "label": _("Libellé"),
    "reason": _("Motif"),
    "answer": _("Réponse"),
    "addressee": _("À qui cela revient"),
    "choice": _("Position"),
    "consequence": _("Ce qui en résulterait"),
    "ground": _("Nature de l’objection"),
    "article": _("Article de la charte"),
    "agree": _("Cette objection est recevable"),
    "as_concern": _("La garder comme réserve"),
    "exit": _("Issue"),
    "until": _("Jusqu’au"),
    "fact": _("Fait nouveau"),
    "digest": _("Empreinte du texte"),
}

BY_ACT: dict[tuple[str, str], Promise] = {
    ("position", "text"): _("Argument, ou réserve"),
    ("refine", "text"): _("Argument précisé"),
    ("reopen", "text"): _("Argument"),
    ("take_turn", "text"): _("Ce que je dis"),
    ("file_concern", "text"): _("Réserve"),
    ("jury_vote", "agree"): _("Ma réponse est oui"),
    ("note_incident", "text"): _("Ce qui s’est passé"),
}

CHOICES: dict[str, Promise] = {
    "speak": _("Parler"),
    "point_of_order": _("Point d’ordre"),
    "clear": _("Clair, et c’est à nous d’agir"),
    "unclear": _("Pas clair"),
    "not_ours": _("Ce n’est pas à nous d’agir"),
    "consent": _("Je consens"),
    "concern": _("J’ai une réserve"),
    "objection": _("Je m’oppose"),
    "no_position": _("Sans position"),
    "effectiveness": _("La proposition n’atteindrait pas son but"),
    "side_effect": _("Elle aurait un effet nuisible"),
    "improvement": _("Une amélioration vaut la peine"),
    "alternative": _("Autre texte"),
    "trial": _("Essai à durée limitée"),
    "sleep": _("Laisser reposer"),
    "defer": _("Reporter"),
    "delegate": _("Confier à un sous-groupe"),
    "fallback": _("Passer au vote"),
    "exit.refer": _("Demander au cercle qui délègue"),
    "yes": _("Oui"),
    "no": _("Non"),
}


def act_label(kind: str) -> Promise:
    """Return the label of an act, or of a step that nobody made."""
    return ACTS.get(kind) or SYSTEM[kind]


def field_label(kind: str, name: str) -> Promise:
    """Return the label of a field, as the act calls it."""
    return BY_ACT.get((kind, name)) or FIELDS[name]


def choice_label(choice: str) -> Promise:
    """Return the label of a choice."""
    return CHOICES.get(choice) or CHOICES[f"exit.{choice}"]
