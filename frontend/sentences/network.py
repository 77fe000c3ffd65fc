"""What to say for the codes of the network: people, offers, attestations, places."""

from django.utils.translation import gettext_lazy as _

NETWORK = {
    "busy": _("Le nœud est très occupé, réessayez : rien n’a été perdu."),
    # --- installing and joining
    "already_set_up": _("Ce nœud est déjà installé."),
    "name_length": _("Un nom compte de 2 à 120 caractères."),
    "username_invalid": _(
        "Commencez par une lettre sans accent, puis des lettres sans accent, des chiffres ou _ (2 à 30 caractères)."
    ),
    "username_taken": _("Ce nom de connexion est déjà pris."),
    "password_too_short": _("Le mot de passe compte au moins 10 caractères."),
    "password_too_common": _("Ce mot de passe est trop courant."),
    "password_too_similar": _("Ce mot de passe ressemble trop à votre nom."),
    "password_mismatch": _("Les deux mots de passe diffèrent."),
    "invitation_unknown": _("Ce lien d’invitation n’existe pas."),
    "invitation_used": _("Ce lien d’invitation a déjà servi. Demandez-en un nouveau."),
    "invitation_expired": _("Ce lien d’invitation a expiré. Demandez-en un nouveau."),
    "invitation_not_usable": _("Ce lien d’invitation n’existe pas, a déjà servi ou a expiré. Demandez-en un nouveau."),
    # --- people
    "kind_unknown": _(
        "Choisissez ce que vous êtes : personne, association, entreprise, collectif ou organisme public."
    ),
    "text_invalid": _("Ce texte contient un caractère impossible."),
    "charset_unknown": _("Ce qui est envoyé ici s’écrit en UTF-8."),
    "summary_too_long": _("La présentation dépasse 5 000 caractères."),
    "visibility_unknown": _("Choisissez qui peut lire l’annonce."),
    "opening_unknown": _("Choisissez : disponible, sur liste d’attente ou fermé."),
    "website_invalid": _("L’adresse du site commence par http:// ou https://."),
    "languages_too_many": _("Vingt langues au plus."),
    "language_invalid": _("Écrivez une langue par son nom ou son code : français, en, fsl…"),
    "skills_too_many": _("Trente compétences au plus."),
    "skill_unknown": _("Cette compétence n’est pas dans la liste."),
    "not_your_profile": _("Chaque membre ne modifie que sa propre fiche."),
    "not_a_member": _("Il faut être membre du collectif."),
    "already_member": _("Cette personne est déjà membre."),
    "password_wrong": _("Ce n’est pas votre mot de passe."),
    "not_yours_to_erase": _("On ne peut effacer que soi-même."),
    "last_operator": _(
        "Vous êtes la dernière personne qui exploite ce nœud. Avant votre départ, il faut qu’une autre s’en charge."
    ),
    "only_member": _(
        "Ce membre est le dernier du collectif « %(collective)s » : il n’y aurait plus personne pour décider."
    ),
    "member_gone": _("Cette personne a quitté le réseau."),
    "member_unknown": _("Aucun membre à cette adresse."),
    "trust_term_invalid": _("Ce chiffre de la charte n’est pas admis : %(term)s."),
    # --- offers
    "offer_unknown": _("Cette annonce n’existe pas, ou plus."),
    "not_the_owner": _("Seul le membre qui l’a publiée peut la modifier."),
    "offer_withdrawn": _("Cette annonce est retirée."),
    "title_length": _("Le titre compte de 3 à 120 caractères."),
    "description_too_long": _("La description dépasse 10 000 caractères."),
    "availability_too_long": _("La disponibilité dépasse 200 caractères."),
    "purpose_unknown": _("Choisissez : offre ou demande."),
    "area_unknown": _("Choisissez où vous intervenez."),
    "area_km_bounds": _("Le rayon va de 1 à 1 000 km."),
    "place_needed": _("Indiquez une commune, ou cochez « à distance »."),
    "price_unknown": _("Choisissez un prix : à l’heure, forfait, prix libre, don ou troc."),
    "amount_missing": _("Indiquez le montant."),
    "amount_not_for_this_price": _(
        "Ce type de prix n’a pas de montant : effacez-le, ou choisissez un prix à l’heure ou un forfait."
    ),
    "amount_bounds": _("Le montant va de 0,01 à 1 000 000."),
    "amount_incoherent": _("Le prix et le montant ne vont pas ensemble."),
    "currency_unknown": _("Cette monnaie n’est pas connue."),
    "end_in_the_past": _("La date de fin est passée."),
    "end_too_late": _("La date de fin est dans plus de deux ans."),
    "origin_mismatch": _("Ce message vient d’une autre adresse que celle qu’il annonce."),
    "point_invalid": _("Ce point n’existe pas."),
    "uri_too_long": _("Cette adresse est trop longue."),
    # --- events
    "event_unknown": _("Ce rendez-vous n’existe pas, ou plus."),
    "event_date_unknown": _("Cette date n’existe pas, ou plus."),
    "event_date_over": _("Cette date est passée."),
    "event_withdrawn": _("Ce rendez-vous est retiré."),
    "not_the_organiser": _("Seul le membre qui l’organise peut le modifier."),
    "event_kind_unknown": _("Choisissez : fête d’installation, atelier, débat, formation ou assemblée."),
    "event_state_unknown": _("Choisissez : confirmé ou à confirmer."),
    "rhythm_unknown": _("Choisissez un rythme."),
    "date_missing": _("Indiquez une date."),
    "event_date_past": _("Cette date est passée."),
    "date_too_far": _("Cette date est dans plus de dix-huit mois."),
    "hour_missing": _("Indiquez une heure."),
    "hours_equal": _("La fin est à la même heure que le début."),
    "not_the_last": _(
        "Ce jour n’est pas le dernier de son nom dans ce mois : choisissez une autre date ou un autre rythme."
    ),
    "dates_missing": _("Écrivez les autres dates, une par ligne."),
    "dates_too_many": _("Soixante dates au plus."),
    "dates_out_of_range": _("Les autres dates viennent après la première, et dans les dix-huit mois."),
    "date_taken": _("Il y a déjà une date ce jour-là."),
    "no_dates": _("Avec ce rythme et cette fin, il ne reste aucune date."),
    "until_before_first": _("La fin du rythme vient avant la première date."),
    "event_place_needed": _("Indiquez une commune, ou une adresse en ligne."),
    "places_too_many": _("Quatre lieux au plus."),
    "line_too_long": _("Cette ligne dépasse 200 caractères."),
    "link_invalid": _("Une adresse commence par http:// ou https://."),
    "zone_unknown": _("Ce fuseau horaire n’existe pas."),
    "event_price_unknown": _("Choisissez : gratuit, prix libre ou prix fixe."),
    "event_amount_not_for_this_price": _("Ce prix n’a pas de montant : effacez-le, ou choisissez un prix fixe."),
    "accessibility_unknown": _("Choisissez parmi les accès proposés."),
    "end_before_start": _("La fin vient avant le début."),
    # --- requests for a quote
    "own_offer": _("C’est votre propre annonce."),
    "offer_not_live": _("Cette annonce est retirée ou expirée : on ne peut plus rien lui demander."),
    "offer_closed": _("Cette annonce ne prend plus de demandes."),
    "quotes_too_often": _(
        "Dix demandes en vingt-quatre heures, pas plus. Vous pourrez en envoyer une autre à partir du %(retry_at)s."
    ),
    "quantity_missing": _("Indiquez un nombre d’heures."),
    "quantity_bounds": _("Écrivez un nombre de 0,01 à 10 000, avec deux décimales au plus."),
    "quantity_not_one": _("Cette annonce se demande telle quelle : elle ne se multiplie pas."),
    "quantity_inexact": _(
        "Ce nombre d’heures ne donne pas un montant en centimes entiers. "
        "Essayez des heures entières ou des demi-heures."
    ),
    "quote_too_much": _("Cela dépasse un million : demandez moins."),
    "quote_amount_other": _("Le montant ne correspond pas au prix de l’annonce."),
    "message_too_long": _("Le message dépasse 4 000 caractères."),
    "answer_too_long": _("La réponse dépasse 4 000 caractères."),
    "answer_missing": _("Dites en une phrase pourquoi, ou ce qui conviendrait mieux."),
    "quote_unknown": _("Cette demande n’existe pas, ou ne vous concerne pas."),
    "not_the_asker": _("Seul le membre qui a fait la demande peut la retirer."),
    "not_the_provider": _("C’est au membre qui a publié l’annonce de répondre."),
    "quote_settled": _("Cette demande n’attend plus de réponse."),
    "quote_not_agreed": _("Il n’y a pas d’accord à terminer."),
    "not_the_client": _("Seul le client atteste d’un service."),
    "service_not_done": _("On témoigne d’un service une fois qu’il est rendu."),
    # --- clients without an account
    "contact_unknown": _("Ce lien ne mène à aucune conversation, ou plus."),
    "contact_not_yours": _("Ce pas revient à l’autre côté."),
    "contact_not_now": _("Ce n’est pas, ou plus, possible dans cette conversation."),
    "contact_proposal_changed": _("Une autre proposition est arrivée entre-temps. Relisez-la avant d’accepter."),
    "contact_elsewhere": _("Ce membre est sur un autre nœud : écrivez-lui là-bas."),
    "entry_unclaimed": _("Cette fiche n’est pas revendiquée : personne d’ici n’en répond."),
    "contact_closed": _("Ce membre ne prend plus de nouvelles demandes pour l’instant."),
    "contact_blocked": _(
        "Ce membre ne prend pas de message venant de cette connexion ou de ce contact. Joignez-le autrement, "
        "ou écrivez à quelqu’un d’autre."
    ),
    "contact_too_often": _(
        "C’est beaucoup de messages à la fois. Vous pourrez en envoyer un à partir du %(retry_at)s."
    ),
    "contact_full": _(
        "Trop de messages sont arrivés aujourd’hui. Le vôtre pourra partir à partir du %(retry_at)s : votre texte "
        "reste ci-dessous."
    ),
    "contact_sent_already": _(
        "Un message est déjà parti avec ce formulaire. Si celui-ci en est un autre, envoyez-le encore une fois."
    ),
    "contact_too_fast": _("C’était très rapide. Relisez votre message, puis envoyez-le encore une fois."),
    "contact_too_old": _(
        "Ce formulaire attendait depuis longtemps. Votre texte est gardé : envoyez-le encore une fois."
    ),
    "contact_unstamped": _("Ce formulaire n’est pas complet. Votre texte est gardé : envoyez-le encore une fois."),
    "contact_trap": _("Un champ qui doit rester vide ne l’est pas. Videz « Laissez ce champ vide », puis envoyez."),
    "contact_name_length": _("Un nom compte de 2 à 80 caractères."),
    "reach_invalid": _("Écrivez une adresse e-mail, un numéro de téléphone, ou rien."),
    "mail_invalid": _("Écrivez une adresse e-mail complète, ou rien."),
    "text_missing": _("Écrivez quelques mots."),
    "text_too_long": _("Le texte dépasse 4 000 caractères."),
    "testimony_length": _("Un témoignage compte 500 caractères au plus."),
    "way_unknown": _("Choisissez comment le prix se calcule."),
    "own_page": _("C’est votre propre fiche."),
    # --- attestations
    "self_vouch": _("On ne peut pas attester pour soi-même."),
    "vouch_unknown": _("Cette attestation n’existe pas, ou plus."),
    "level_invalid": _("Choisissez : je connais, j’ai travaillé avec, je me porte garant."),
    "statement_too_long": _("Le mot d’accompagnement dépasse 500 caractères."),
    "vouch_kind_unknown": _("Ce genre d’attestation n’existe pas."),
    "known_since_too_long": _("« Depuis quand » dépasse 80 caractères."),
    "articles_invalid": _("Choisissez parmi les articles de la charte en vigueur."),
    "reason_too_long": _("Le motif dépasse 500 caractères."),
    "collective_unknown": _("Aucun collectif d’ici à cette adresse."),
    "charte_is_public": _("Une attestation de charte est publique."),
    # --- reports and moderation
    "entry_unknown": _("Cette fiche n’existe pas, ou plus."),
    "entry_hidden": _("Cette fiche est masquée ici. Motif : %(reason)s"),
    "complaint_unknown": _("Choisissez ce qui se passe : elle n’existe plus, une erreur ou un abus."),
    "words_missing": _("Écrivez une phrase : sans elle, on ne peut ni comprendre ni répondre."),
    "words_too_long": _("C’est plus de 2 000 caractères : raccourcissez."),
    "reports_enough": _("Beaucoup de signalements attendent déjà d’être lus. Revenez dans quelques jours."),
    "reports_settled": _("Quelqu’un s’en est déjà occupé, ou la page date. Rechargez-la."),
    "not_moderator": _("Seules les personnes qui modèrent ce nœud peuvent faire cela."),
    "own_entry": _("C’est votre propre fiche : une autre personne doit en décider."),
    "not_ours_to_ask": _("Cette fiche vient d’un autre nœud : c’est à lui de demander."),
    "already_hidden": _("C’est déjà masqué."),
    "not_hidden": _("Ce n’est pas, ou plus, masqué."),
    "already_answered": _("Vous avez déjà répondu."),
    "name_differs": _("Ce n’est pas le nom de ce nœud. Rien n’est effacé."),
    # --- places
    "place_unknown": _("Nous ne connaissons pas « %(typed)s ». Essayez le code postal."),
    "place_ambiguous": _("Plusieurs lieux s’appellent « %(typed)s ». Choisissez le vôtre, ou ajoutez le département."),
    "gazetteer_point": _("Le point de %(name)s n’est pas un nombre."),
    "access_unknown": _("Choisissez parmi les accès proposés."),
    "skill_exists": _("« %(label)s » existe déjà."),
    "skill_merged": _("Cette compétence fait déjà partie d’une autre."),
    "skill_merged_since": _("Une autre compétence a été réunie depuis : séparez d’abord celle-là."),
    "skill_same": _("Choisissez une autre compétence que celle-ci."),
    "skill_split": _("Ces compétences sont déjà séparées."),
    "skill_under_itself": _("Celle qui reste ne peut pas être plus précise que l’autre."),
    "synonyms_too_many": _("Quarante mots au plus, de 80 signes chacun."),
    "tag_too_long": _("Un mot libre a 40 signes au plus."),
    "tags_too_many": _("Dix mots libres au plus."),
    "too_often": _("C’est beaucoup de demandes à la fois. Réessayez dans %(retry_after)s secondes."),
}
