"""What a stage asks of one role in particular: what I can do now, and what happens if I do nothing."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["BY_ROLE"]

# (process, stage, role): (now, otherwise)
BY_ROLE: Mapping[tuple[str, str, str], tuple[Promise, Promise]] = {
    ("decision", "draft", "proposer"): (
        _("Complétez le texte, puis soumettez-le."),
        _("Rien ne bouge : votre proposition reste à l’état de brouillon."),
    ),
    ("decision", "driver_check", "facilitator"): (
        _("Répondez comme tout le monde ; puis acceptez le motif, renvoyez le texte ou adressez-le ailleurs."),
        _("Le point attend : personne d’autre ne peut clore cette étape."),
    ),
    ("decision", "presented", "proposer"): (
        _("Présentez votre texte en quelques phrases ; les questions viennent juste après."),
        _("L’assemblée vous attend, puis l’animation ouvre les clarifications."),
    ),
    ("decision", "presented", "facilitator"): (
        _("Donnez la parole à qui porte la proposition, puis ouvrez les clarifications."),
        _("Le point attend : personne d’autre ne peut ouvrir l’étape suivante."),
    ),
    ("decision", "clarify", "proposer"): (
        _("Répondez aux questions, sans défendre le texte."),
        _("Une question sans réponse garde l’étape ouverte ou pèse sur la suite."),
    ),
    ("decision", "clarify", "facilitator"): (
        _("Faites circuler la parole ; un tour entier de « je passe » permet de clore."),
        _("Le tour reste ouvert."),
    ),
    ("decision", "react", "proposer"): (
        _("Écoutez sans répondre : vous choisirez ensuite de garder ou d’amender."),
        _("Rien ne vous manquera : les ressentis sont gardés avec la proposition."),
    ),
    ("decision", "react", "facilitator"): (
        _("Donnez un tour à chaque personne, puis clôturez le tour."),
        _("Le tour reste ouvert."),
    ),
    ("decision", "amend", "proposer"): (
        _("Gardez votre texte, ou amendez-le d’après ce que vous avez entendu."),
        _("La décision attend : l’appel à objections ne s’ouvre qu’avec un texte arrêté."),
    ),
    ("decision", "objection_call", "facilitator"): (
        _("Donnez votre position comme tout le monde, demandez une fois par son nom à qui se tait, puis révélez."),
        _("Les positions restent cachées et le point attend."),
    ),
    ("decision", "test", "facilitator"): (
        _(
            "Demandez si quelqu’un pense qu’elle n’est pas recevable ; vous n’en jugez pas à vous seul·e. "
            "Sans accord, faites tirer un jury au sort."
        ),
        _("L’examen reste ouvert jusqu’à la fin du temps."),
    ),
    ("decision", "test", "objector"): (
        _("Précisez votre argument, ou retirez l’objection ; vous seul·e pouvez la retirer."),
        _("Votre objection est examinée telle que vous l’avez écrite."),
    ),
    ("decision", "integrate", "objector"): (
        _("Dites ce qui lèverait votre objection, puis confirmez-le quand c’est fait."),
        _("Sans votre confirmation, l’objection reste ouverte et rien n’est adopté."),
    ),
    ("decision", "integrate", "facilitator"): (
        _("Interrogez d’abord qui a objecté, puis le groupe ; retenez une bonification ou choisissez une issue."),
        _("À la fin du temps prévu, la proposition est reportée."),
    ),
    ("decision", "deferred", "proposer"): (
        _("Reprenez la proposition quand le moment est venu."),
        _("Elle attend, avec ses objections, jusqu’à ce que vous ou l’animation la repreniez."),
    ),
    ("decision", "closed", "responsible"): (
        _("Veillez à ce que la décision s’applique ; préparez sa révision d’après ses critères."),
        _("À la date de révision, un nouveau brouillon s’ouvre de lui-même."),
    ),
    ("meeting", "convened", "facilitator"): (
        _("Attendez que le quorum soit entré, puis ouvrez l’assemblée."),
        _("L’assemblée ne s’ouvre pas d’elle-même."),
    ),
    ("meeting", "open", "facilitator"): (
        _(
            "Prenez les points un à un ; donnez la parole dans l’ordre ; passez l’animation avant un point que "
            "vous portez."
        ),
        _("L’assemblée attend ; si vous partez, l’animation suppléante peut prendre le relais."),
    ),
    ("meeting", "open", "deputy"): (
        _("Suivez, et prenez l’animation si elle vous est passée ou si elle n’est plus là."),
        _("L’assemblée suit son cours tant que l’animation est là."),
    ),
    ("meeting", "open", "secretary"): (
        _("Tenez le texte et les notes ; le compte rendu se tire ensuite des actes."),
        _("Les actes sont gardés ; il manquera ce que vous seul·e auriez noté."),
    ),
    ("meeting", "open", "timekeeper"): (
        _("Lancez, suspendez ou prolongez les minuteurs."),
        _("Les étapes durent sans repère ; vous ne pouvez pas les clore."),
    ),
    ("meeting", "suspended", "facilitator"): (
        _("Reprenez l’assemblée quand tout le monde est là."),
        _("L’assemblée reste suspendue."),
    ),
    ("meeting", "closed", "secretary"): (
        _("Établissez le compte rendu."),
        _("Le compte rendu attend, et personne ne peut l’approuver."),
    ),
    ("election", "propose", "facilitator"): (
        _(
            "Proposez un nom et écrivez les raisons qui le portent. Si ce nom pourrait être le vôtre, passez "
            "l’animation."
        ),
        _("L’élection attend votre proposition."),
    ),
    ("election", "reasons", "facilitator"): (
        _("Donnez la parole à chaque personne, une fois, sans discussion."),
        _("Le tour reste ouvert."),
    ),
    ("election", "objections", "nominee"): (
        _("Écoutez ; vous répondez au moment que la charte fixe, d’ordinaire en dernier."),
        _("Votre silence n’est pas un accord : votre réponse au rôle sera demandée ensuite."),
    ),
    ("election", "accept", "nominee"): (
        _("Acceptez ou déclinez, librement ; vous n’avez pas à vous justifier."),
        _("L’élection attend votre réponse ; sans elle, le rôle n’est pas pourvu."),
    ),
    ("cooptation", "expression", "candidate"): (
        _("Signez la charte et répondez à chaque valeur par un fait ; demandez des parrainages."),
        _("Sans assez de parrainages, votre candidature attend."),
    ),
    ("cooptation", "expression", "sponsor"): (
        _("Confirmez que vous parrainez, si vous connaissez assez la personne."),
        _("Votre parrainage ne compte pas tant que vous ne l’avez pas confirmé."),
    ),
    ("cooptation", "sponsored", "candidate"): (
        _("Attendez : le collectif lit votre candidature."),
        _("Rien à faire ; vous serez entendu·e."),
    ),
    ("cooptation", "evaluation", "candidate"): (
        _("Attendez : vous ne verrez pas qui a évalué, seulement la synthèse."),
        _("Rien à faire ; vous serez entendu·e."),
    ),
    ("cooptation", "evaluation", "sponsor"): (
        _("Accompagnez la personne ; vous écrirez la synthèse à la fin."),
        _("L’audition ne peut pas lire une synthèse qui n’est pas écrite."),
    ),
    ("cooptation", "hearing", "candidate"): (
        _("Venez, présentez-vous et répondez à la synthèse."),
        _("Sans vous, l’audition ne peut pas vous entendre : demandez une autre date."),
    ),
    ("cooptation", "hearing", "sponsor"): (
        _("Présentez la personne et lisez la synthèse."),
        _("La synthèse n’est pas lue et l’audition reste incomplète."),
    ),
    ("cooptation", "decision", "candidate"): (
        _("Attendez : vous avez été entendu·e et ne prenez pas part à la décision sur vous."),
        _("Rien à faire ; la décision vous sera dite avec ses motifs."),
    ),
    ("cooptation", "adjourned", "candidate"): (
        _("Répondez à chaque condition."),
        _("Tant que les conditions sont sans réponse, la décision attend."),
    ),
    ("cooptation", "vote", "candidate"): (
        _("Attendez : vous ne votez pas sur vous-même. Vous saurez ce que le vote a donné, jamais qui a voté quoi."),
        _("Rien à faire ; si la candidature n’est pas retenue, un recours vous reste ouvert."),
    ),
    ("cooptation", "probation", "candidate"): (
        _("Participez, posez vos questions à la personne qui vous accompagne."),
        _("La période va à son terme, puis chaque membre est averti."),
    ),
    ("cooptation", "probation", "companion"): (
        _("Accompagnez la personne, et dites au collectif ce que vous voyez."),
        _("La personne traverse seule un temps où elle a besoin de repères."),
    ),
    ("cooptation", "renewal", "candidate"): (
        _("Dites où vous en êtes de chaque valeur, et si vous continuez."),
        _("Après un avertissement, votre adhésion devient caduque, sans faute ; vous pourrez revenir."),
    ),
    ("cooptation", "declined", "candidate"): (
        _("Vous pouvez demander un recours, une fois, dans le délai de la charte."),
        _("Passé ce délai, la décision tient ; rien n’empêche une nouvelle candidature."),
    ),
    ("cooptation", "excluded", "candidate"): (
        _("Vous pouvez demander un recours, une fois, dans le délai de la charte."),
        _("Passé ce délai, la décision tient."),
    ),
    ("cooptation", "suspended", "candidate"): (
        _("Lisez les faits et préparez votre réponse : vous serez entendu·e."),
        _("La suspension dure jusqu’à la décision."),
    ),
}
