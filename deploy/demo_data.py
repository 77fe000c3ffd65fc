"""The invented collective of `make demo`: nobody in it exists, the communes do.

Plain values only. `deploy/demo.py` turns them into rows through the same actions that people use.
"""

from typing import NamedTuple


class Service(NamedTuple):
    """One line of the catalogue from which offers are made. `cents` is per hour, or for the whole if fixed."""

    skill: str
    title: str
    text: str
    price: str
    cents: int | None
    km: int
    remote: bool
    availability: str


class Person(NamedTuple):
    """One invented member: login, name, kind, commune, languages, opening, services (keys of SERVICES)."""

    handle: str
    name: str
    kind: str
    place: str
    languages: str
    opening: str
    services: str


class Half(NamedTuple):
    """What one of the two nodes holds."""

    node: str
    collective: str
    founder: str
    people: tuple[Person, ...]
    candidates: tuple[Person, ...]


SERVICES: dict[str, Service] = {
    "nextcloud": Service(
        "nextcloud",
        "Installation et suivi de Nextcloud",
        "Fichiers, agendas et contacts partagés, sur votre machine ou chez nous. **Une demi-journée de prise en main est comprise.**",
        "hourly",
        5500,
        40,
        True,
        "sous deux semaines",
    ),
    "hebergement": Service(
        "hebergement",
        "Hébergement de sites, fait maison",
        "Un site ou dix, sauvegardés chaque nuit, dans notre propre salle.\n\n- pas de publicité\n- sortie possible à tout moment",
        "fixed",
        9600,
        100,
        True,
        "immédiate",
    ),
    "courriel": Service(
        "courriel",
        "Courriel et listes de diffusion",
        "Adresses à votre nom de domaine, listes pour les équipes, lutte contre les indésirables sans lire vos messages.",
        "fixed",
        6000,
        100,
        True,
        "immédiate",
    ),
    "site": Service(
        "site-internet",
        "Site internet d’association",
        "Un site que vous modifiez vous-mêmes, accessible, léger, en logiciel libre.",
        "fixed",
        120000,
        60,
        True,
        "à partir de janvier",
    ),
    "wordpress": Service(
        "site-internet",
        "Reprise et remise à jour de site",
        "Votre site est à l’abandon ? On le nettoie, on le met à jour, on vous rend les clés.",
        "hourly",
        5000,
        60,
        True,
        "deux jours par mois",
    ),
    "formation": Service(
        "formation",
        "Formation aux logiciels libres",
        "Bureautique, image, agenda partagé : six personnes au plus, dans vos locaux.",
        "hourly",
        7000,
        80,
        False,
        "les mardis et jeudis",
    ),
    "numerique": Service(
        "mediation-numerique",
        "Aide aux démarches en ligne",
        "On fait avec vous, jamais à votre place. Prenez votre temps, nous avons le nôtre.",
        "gift",
        None,
        15,
        False,
        "le mercredi après-midi",
    ),
    "depannage": Service(
        "depannage",
        "Dépannage d’ordinateur",
        "Ordinateur lent, écran noir, virus : diagnostic gratuit, réparation au juste prix.",
        "prix_libre",
        None,
        20,
        False,
        "sous trois jours",
    ),
    "reemploi": Service(
        "reconditionnement",
        "Ordinateurs remis en état",
        "Machines de dix ans, disque neuf, système libre. Garanties six mois.",
        "fixed",
        12000,
        30,
        False,
        "selon arrivages",
    ),
    "linux": Service(
        "installation-linux",
        "Installation de Linux",
        "Sur votre machine, avec vos fichiers. On vérifie tout ensemble avant de partir.",
        "prix_libre",
        None,
        30,
        False,
        "le samedi matin",
    ),
    "fete": Service(
        "fete-d-installation",
        "Animation de fêtes d’installation",
        "Une salle, des tables, du café : nous venons avec les clés et la patience.",
        "barter",
        None,
        60,
        False,
        "un samedi par mois",
    ),
    "dev": Service(
        "developpement",
        "Développement d’applications libres",
        "Une idée, un cahier, un essai toutes les deux semaines. Le code vous appartient, et à tout le monde.",
        "hourly",
        6500,
        150,
        True,
        "complet jusqu’en février",
    ),
    "python": Service(
        "developpement-web",
        "Développement Python et Django",
        "Outils de gestion, petites applications métier, reprise de code existant.",
        "hourly",
        6000,
        100,
        True,
        "trois jours par mois",
    ),
    "carte": Service(
        "cartographie",
        "Cartes avec OpenStreetMap",
        "Cartes de quartier, relevés participatifs, cartes imprimées pour vos évènements.",
        "hourly",
        4500,
        80,
        True,
        "sous un mois",
    ),
    "reseau": Service(
        "reseau",
        "Réseau et wifi de petits lieux",
        "Cafés, ateliers, salles des fêtes : un réseau simple, qui ne garde rien.",
        "hourly",
        5200,
        40,
        False,
        "sous deux semaines",
    ),
    "sauvegarde": Service(
        "sauvegarde",
        "Sauvegardes croisées entre voisins",
        "Vos données chiffrées chez nous, les nôtres chez vous. On vérifie la restauration deux fois par an.",
        "barter",
        None,
        50,
        True,
        "immédiate",
    ),
    "visio": Service(
        "visioconference",
        "Visioconférence pour assemblées",
        "Une salle stable pour cent personnes, avec une personne à l’accueil le jour venu.",
        "prix_libre",
        None,
        100,
        True,
        "sur réservation",
    ),
    "compta": Service(
        "logiciel-libre-de-gestion",
        "Comptabilité d’association avec des outils libres",
        "Plan de comptes, saisie à plusieurs, clôture accompagnée la première année.",
        "hourly",
        5800,
        60,
        True,
        "hors avril",
    ),
    "graphisme": Service(
        "graphisme",
        "Affiches et identités avec des outils libres",
        "Affiche, dépliant, logo : vous recevez les fichiers sources.",
        "fixed",
        35000,
        100,
        True,
        "sous trois semaines",
    ),
    "audio": Service(
        "audio-radio",
        "Radio et enregistrement",
        "Montage d’un petit studio, diffusion en ligne, formation des bénévoles.",
        "hourly",
        4800,
        80,
        False,
        "les soirs et le samedi",
    ),
    "conseil": Service(
        "accompagnement",
        "Accompagnement vers le logiciel libre",
        "Inventaire, calendrier, essais avec celles et ceux qui s’en serviront. Rien n’est imposé.",
        "hourly",
        7500,
        120,
        True,
        "à partir de janvier",
    ),
    "accessibilite": Service(
        "accessibilite-numerique",
        "Audit d’accessibilité",
        "Lecture de dix pages avec des personnes concernées, puis la liste de ce qu’il faut changer.",
        "fixed",
        60000,
        200,
        True,
        "un audit par mois",
    ),
    "serveur": Service(
        "auto-hebergement",
        "Serveur à la maison, clés en main",
        "Petit serveur économe, installé chez vous, avec une feuille qui explique tout.",
        "fixed",
        28000,
        35,
        False,
        "sous un mois",
    ),
    "redaction": Service(
        "documentation",
        "Rédaction de modes d’emploi",
        "Nous écrivons avec vous les pages que vos collègues liront vraiment.",
        "hourly",
        4200,
        100,
        True,
        "immédiate",
    ),
}

NEEDS: tuple[tuple[str, str, str, str], ...] = (
    ("formation", "Cherche formation à la retouche d’image libre", "Pour quatre bénévoles, un samedi.", "barter"),
    (
        "hebergement",
        "Cherche hébergement pour une petite radio",
        "Flux et archives, cent auditeurs au plus.",
        "prix_libre",
    ),
    ("depannage", "Cherche aide pour dix ordinateurs de la cantine", "Ils démarrent, puis plus rien.", "barter"),
    (
        "developpement",
        "Cherche coup de main sur une application de troc",
        "Deux soirées pour débloquer un calcul.",
        "barter",
    ),
    ("reseau", "Cherche réseau pour une salle des fêtes", "Murs épais, petit budget.", "prix_libre"),
    ("site-internet", "Cherche relecture d’un site associatif", "Surtout pour les lecteurs d’écran.", "gift"),
)

NORTH = Half(
    node="Le nœud du Bassin",
    collective="Collectif Fil de Trame (démonstration)",
    founder="alix",
    people=(
        Person("alix", "Alix Delporte", "person", "Liévin", "fr en", "open", "nextcloud conseil sauvegarde redaction"),
        Person("bachir", "Bachir Lemaire", "person", "Lens", "fr ar", "open", "formation linux numerique fete"),
        Person("camille", "Camille Wattel", "person", "Lille", "fr en nl", "open", "python dev"),
        Person(
            "navette",
            "Coopérative La Navette",
            "company",
            "Liévin",
            "fr",
            "open",
            "hebergement courriel nextcloud site sauvegarde",
        ),
        Person(
            "terrils",
            "Les Ordis des Terrils",
            "association",
            "Loos-en-Gohelle",
            "fr pl",
            "open",
            "reemploi depannage linux fete",
        ),
        Person(
            "chevalement",
            "Atelier du Chevalement",
            "company",
            "Hénin-Beaumont",
            "fr",
            "open",
            "site wordpress graphisme",
        ),
        Person("beffroi", "Les Câbles du Beffroi", "association", "Arras", "fr en", "open", "reseau serveur fete"),
        Person("mouette", "La Mouette Bavarde", "association", "Dunkerque", "fr nl", "waiting", "audio visio"),
        Person(
            "gayant", "Informatique de Gayant", "company", "Douai", "fr", "open", "depannage reseau sauvegarde serveur"
        ),
        Person(
            "barolle",
            "Le Cercle de la Barolle",
            "collective",
            "Mons-en-Barœul",
            "fr",
            "open",
            "numerique fete formation",
        ),
        Person("lin", "Toile de Lin", "company", "Armentières", "fr en", "open", "compta courriel"),
        Person("houblon", "Les Cartes du Houblon", "association", "Hazebrouck", "fr nl", "open", "carte redaction"),
        Person("chicoree", "Chicorée Numérique", "company", "Valenciennes", "fr", "open", "dev python conseil"),
        Person("dentelle", "Dentelle et Pixels", "company", "Calais", "fr en", "open", "graphisme site accessibilite"),
        Person("ducasse", "Radio Ducasse Libre", "association", "Béthune", "fr", "closed", "audio formation"),
        Person(
            "estaminet",
            "L’Estaminet des Logiciels",
            "association",
            "Roubaix",
            "fr ar en",
            "open",
            "linux fete depannage",
        ),
        Person(
            "courlis", "Ville de démonstration des Courlis", "public_body", "Carvin", "fr", "open", "numerique visio"
        ),
        Person("elise", "Élise Vandamme", "person", "Tourcoing", "fr nl", "open", "accessibilite redaction"),
        Person("farid", "Farid Kaddour", "person", "Lens", "fr ar", "open", "serveur reseau nextcloud"),
        Person("gwenn", "Gwenn Lefebvre", "person", "Cambrai", "fr br", "waiting", "carte python"),
        Person("hugo", "Hugo Mortelette", "person", "Béthune", "fr", "open", "depannage reemploi"),
        Person("ines", "Inès Carlier", "person", "Liévin", "fr es", "open", "compta conseil formation"),
    ),
    candidates=(
        Person("jules", "Jules Cattiaux", "person", "Lens", "fr", "open", "depannage"),
        Person("marelle", "La Marelle Connectée", "association", "Arras", "fr", "open", "numerique"),
    ),
)

LOIRE = Half(
    node="Le nœud de Loire",
    collective="Collectif Fil de Chaîne (démonstration)",
    founder="dominique",
    people=(
        Person(
            "dominique", "Dominique Galland", "person", "Tours", "fr en", "open", "conseil formation courriel redaction"
        ),
        Person(
            "tuffeau",
            "Coopérative Tuffeau",
            "company",
            "Tours",
            "fr",
            "open",
            "hebergement nextcloud courriel sauvegarde",
        ),
        Person("levee", "Les Pixels de la Levée", "company", "Amboise", "fr en", "open", "site graphisme wordpress"),
        Person("gabare", "La Gabare Numérique", "association", "Saumur", "fr", "open", "numerique fete linux"),
        Person("troglo", "Serveurs Troglodytes", "company", "Chinon", "fr", "open", "hebergement serveur sauvegarde"),
        Person(
            "halles", "Atelier des Halles", "association", "Tours", "fr ar", "open", "depannage reemploi linux fete"
        ),
        Person("renard", "Renard et Roseau", "company", "Blois", "fr en de", "open", "dev python conseil"),
        Person("girouette", "La Girouette", "association", "Orléans", "fr", "open", "carte formation redaction"),
        Person("rillette", "Les Logiciels du Mans", "company", "Le Mans", "fr", "open", "dev conseil reseau"),
        Person("ardoise", "Ardoise Libre", "association", "Angers", "fr en", "open", "visio audio formation"),
        Person("noisette", "Noisette Informatique", "company", "Loches", "fr", "waiting", "depannage reseau"),
        Person(
            "cevennes",
            "Ressourcerie des Châtaignes",
            "association",
            "Le Vigan",
            "fr oc",
            "open",
            "reemploi fete numerique",
        ),
        Person("marais", "Poitevine des Réseaux", "company", "Poitiers", "fr", "open", "reseau serveur"),
        Person("ecluse", "L’Écluse", "collective", "Vendôme", "fr", "open", "fete numerique redaction"),
        Person(
            "mine", "Papier et Mine", "company", "Joué-lès-Tours", "fr", "open", "graphisme redaction accessibilite"
        ),
        Person(
            "pont",
            "Communauté de démonstration du Pont",
            "public_body",
            "Saint-Pierre-des-Corps",
            "fr",
            "open",
            "numerique",
        ),
        Person("karim", "Karim Benali", "person", "Tours", "fr ar", "open", "python nextcloud dev"),
        Person("louise", "Louise Auger", "person", "Nantes", "fr en", "open", "accessibilite site"),
        Person("mael", "Maël Rivoire", "person", "Tours", "fr br", "open", "compta"),
        Person("nina", "Nina Peltier", "person", "Amboise", "fr it", "closed", "carte audio"),
        Person("omar", "Omar Diallo", "person", "Orléans", "fr wo", "open", "depannage linux"),
        Person("perrine", "Perrine Joly", "person", "Blois", "fr", "open", "compta formation"),
    ),
    candidates=(
        Person("quentin", "Quentin Marteau", "person", "Tours", "fr", "open", "dev"),
        Person("sabot", "Le Sabot Ailé", "association", "Chinon", "fr", "open", "reemploi"),
    ),
)

PAST_DECISIONS: tuple[tuple[str, str, str], ...] = (
    (
        "Ouvrir une permanence le premier samedi du mois",
        "Des habitants nous demandent de l’aide et ne savent pas quand nous trouver.",
        "Deux membres tiennent une permanence le premier samedi de chaque mois, de 10 h à 12 h. Les lieux alternent. Le calendrier est publié un trimestre à l’avance.",
    ),
    (
        "Partager nos sauvegardes",
        "Trois d’entre nous n’ont aucune copie de leurs données ailleurs.",
        "Chaque membre qui héberge garde, chiffrées, les sauvegardes d’un autre membre. La restauration est essayée deux fois par an, et le résultat est dit au collectif.",
    ),
)
OPEN_PROPOSALS: tuple[tuple[str, str, str], ...] = (
    (
        "Acheter ensemble un onduleur",
        "Deux coupures cet automne ont arrêté le courriel de onze associations.",
        "Le collectif achète un onduleur, installé chez le membre qui héberge le courriel. La dépense est partagée selon le nombre d’adresses.",
    ),
    (
        "Accueillir des stagiaires à plusieurs",
        "Aucun de nous ne peut accueillir quelqu’un deux mois seul.",
        "Un stage peut se partager entre trois membres voisins. Une seule personne reste référente du début à la fin.",
    ),
)
