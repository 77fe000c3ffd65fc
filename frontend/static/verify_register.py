#!/usr/bin/env python3
"""Vérifie le dossier de recomptage d'un registre de décisions : python3 verify_register.py DOSSIER.json

Sans rien de Toile : Python, et pour les signatures `cryptography` (pip install cryptography). Format : docs/register.md
Fin : 0, tout concorde ; 1, quelque chose est altéré (nommé) ; 2, quelque chose n'a pas pu être contrôlé (nommé).
Avec --cle=ADRESSE=z6Mk…, la clé obtenue ailleurs doit être celle du dossier.
"""

import hashlib
import json
import re
import sys
import unicodedata
from fractions import Fraction

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # said at the end, with exit 2
    Ed25519PublicKey = None  # type: ignore[assignment,misc]

SPARE = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SUITE = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
ODD = (KeyError, TypeError, AttributeError, ValueError, IndexError, ArithmeticError, RecursionError)
LISTS = ("acts", "charters", "confirmations", "conflicts", "heads", "keys", "minutes", "names")
PARTS = sorted([*LISTS, "collective", "entries", "format", "made_at", "node", "seal", "with_names"])
ENTRY = {"seq", "type", "at", "node", "collective", "terms", "salt", "body"}
PERSON = re.compile(r'{"name":"([^"\\]*)","number":[^]{}[,"]*}')  # no text looks so: its quotes have a \\ before them
RULES = re.compile("for or against,not adopted,(open|secret),(exceeded|reached)")
CHOICES = ("for", "against", "abstain")
JSON = json.JSONDecoder(parse_float=int, parse_constant=int, parse_int=lambda n: int(n) if abs(int(n)) < 2**53 else n)


class Bad(Exception):
    """What is altered: where, and in which way."""


def sha(data, salt=None):
    """With a salt, a commitment: the end of one longer than 32 bytes could be the beginning of other words."""
    return hashlib.sha256(bytes.fromhex(salt or "") + data).hexdigest() if salt is None or len(salt) == 64 else ""


def canonical(value):  # RFC 8785, for what a register may hold: ASCII keys, whole numbers, text in NFC
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def need(good, where, why, text=None, at=0):
    if not good:
        before = (text or "")[:at].encode("utf-8", "surrogateescape")
        raise Bad(f"{where} : {why}" + f", vers l'octet {len(before)}" * (text is not None))


def read(text, at, before, where):
    """Return the value that stands here after `before`, and where it ends; its bytes must be its canonical form."""
    need(text.startswith(before, at), where, f"« {before} » attendu", text, at)
    at, exact = at + len(before), False
    try:
        value, end = JSON.raw_decode(text, at)
        exact = canonical(value) == text[at:end].encode() and unicodedata.is_normalized("NFC", text[at:end])
    except (ValueError, RecursionError) as error:
        at = getattr(error, "pos", at)
    need(exact, where, "illisible, ou écrit autrement que sous sa forme canonique", text, at)
    return value, end


def read_entries(text, at, before, where, seq=0, previous=bytes(32)):
    """Return the entries after `seq`, each checked with what it decides, and their end; `previous`: the head before."""
    need(text.startswith(f"{before}[", at), where, f"« {before}[ » attendu", text, at)
    entries, at = list[dict](), at + len(before) + 1
    while text[at : at + 1] != "]":
        seq, where = seq + 1, f"inscription n° {seq + 1}"
        item, at = read(text, at, "," if entries else "", where)
        try:
            document, here = item["document"], item["document"]["seq"]
            need(set(item) == {"digest", "document", "head"} and set(document) == ENTRY, where, "forme inconnue")
            need(type(here) is int and here == seq, where, f"manque, ou n'est pas à sa place (ici, le n° {here})")
            where, body, digest = f"{where}, du {document['at']}", document["body"], sha(canonical(document))
            need(item["digest"] == digest, where, "le contenu ne donne pas son empreinte")
            previous = hashlib.sha256(previous + bytes.fromhex(digest)).digest()
            need(item["head"] == previous.hex(), where, "la chaîne ne mène pas à sa tête")
            made = "sha256:" + sha(body["text"].encode()) if isinstance(body.get("text"), str) else None
            need(made in (None, body.get("text_digest", made)), where, "le texte décidé n'a pas l'empreinte inscrite")
            if document["type"] == "decision" and "quorum" in body:
                check_consent(body, where)
            if document["type"] == "vote":
                since = [each["document"] for each in entries[body["opening"] - 1 :]]
                about = [each for each in since if each["body"].get("opening") == body["opening"]]
                longer = [each["body"] for each in about if each["type"] == "vote_extended"]
                need(0 < body["opening"] < seq and len(longer) == len(about), where, "n'a pas d'ouverture à lui")
                check_vote(document, since[0], where, longer)
        except ODD:
            raise Bad(f"{where} : forme inconnue") from None
        entries.append(item)
    return entries, at + 1


def read_bundle(text):
    """Return the parts of the file; the entries are checked on the way."""
    parts, at = dict[str, list](), 0
    for name in PARTS[not text.startswith('{"acts":') :]:  # « acts » only where there are any
        where, before = f"partie « {name} »", f'{"," if parts else "{"}"{name}":'
        parts[name], at = (read_entries if name == "entries" else read)(text, at, before, where)
        need(name not in LISTS or type(parts[name]) is list and {*map(type, parts[name])} <= {dict}, where, "illisible")
    need(text[at:] == "}", "fin du dossier", "« } » attendu, et rien ensuite", text, at)
    need(parts["format"] == "toile-register/1", "partie « format »", "inconnue de ce programme")
    return parts


def base58(text):
    number = sum(SPARE.index(letter) * 58**place for place, letter in enumerate(reversed(text)))
    return bytes(len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def check_proof(document, keys, where, owner="attributedTo"):
    """FEP-8b32, eddsa-jcs-2022: a key of `attributedTo` (or of the actor) signed this."""
    proof = document["proof"]
    need({**SUITE, "@context": document["@context"]}.items() <= proof.items(), where, "pas de signature lisible")
    key = keys.get(proof["verificationMethod"], {})
    need(key.get("controller") == document[owner], where, "signée d'une clé qui n'est pas dans le dossier")
    need("revoked" not in key and str(proof["created"]) <= key.get("expires", "9"), where, "clé qui ne compte plus")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    covered = {name: value for name, value in document.items() if name not in ("proof", "signature")}
    signed = b"".join(hashlib.sha256(canonical(part)).digest() for part in (options, covered))
    raw, signature = base58(key["publicKeyMultibase"][1:]), base58(proof["proofValue"][1:])
    need(raw[:2] == b"\xed\x01" and len(raw) == 34 and len(signature) == 64, where, "clé ou signature illisible")
    if Ed25519PublicKey is not None:
        try:
            Ed25519PublicKey.from_public_bytes(raw[2:]).verify(signature, signed)
        except InvalidSignature:
            raise Bad(f"{where} : la signature n'est pas celle de la clé") from None


def check_heads(parts, keys, trusted):
    """Every head that the collective signed, and every countersignature, must be what the entries give."""
    owner, heads = parts["collective"]["uri"], ["0" * 64, *(item["head"] for item in parts["entries"])]
    for name, label in (("heads", "tête signée"), ("confirmations", "contresignature")):
        for document in parts[name]:
            where = f"{label} de l'inscription n° {document['n']}, par {document['attributedTo']}"
            need(document["collective"] == owner, where, "parle d'un autre registre")
            need((document["attributedTo"] == owner) == (name == "heads"), where, "n'est pas signée par qui de droit")
            check_proof(document, keys if name == "heads" else trusted, where)
            claimed = {document.get("since", document["n"]): document.get("sinceHead", document["head"])}
            for at, digest in enumerate(document.get("entryDigests", ()), start=document.get("since", 0) + 1):
                claimed[at] = hashlib.sha256(bytes.fromhex(claimed[at - 1] + digest)).hexdigest()
            need(claimed.get(document["n"]) == document["head"], where, "ses empreintes ne mènent pas à sa tête")
            for n, head in sorted(claimed.items()):
                need(n < len(heads), f"inscription n° {len(heads)}", f"manque (connue par la {where})")
                need(heads[n] == head, f"inscription n° {n}", f"n'est pas celle de la {where}")
    witnesses = {each["attributedTo"]: each["n"] for each in sorted(parts["confirmations"], key=lambda each: each["n"])}
    return max((each["n"] for each in parts["heads"]), default=0), witnesses, heads[-1]


def check_acts(document, acts, keys):
    """Acts signed by members' own nodes: what is opened is what was signed; proofs are those cited, by listed keys."""
    body, where = document["body"], f"acte signé ailleurs, inscription n° {document['seq']}"
    for each in [body] if document["type"] == "signature" else body.get("signatures", []):
        opened, act = each["opened"], acts.pop(each["commitment"], None) if each["proof"] else None
        made = opened and "sha256:" + sha(canonical(opened["payload"]), opened["salt"])
        need(opened is None or made == each["commitment"], where, "l'acte ouvert n'est pas celui qui a été signé")
        if act is not None:
            same = sha(canonical(act["document"]), act["proof_salt"]) == each["proof"]
            need(same and act["document"]["kind"] == each["kind"], where, "la preuve n'est pas celle qui est citée")
            check_proof(act["document"], keys, where, "actor")


def check_vote(document, opening, where, longer=()):
    """Recount a vote that `longer` prolonged: who abstains took part, in no share; a tie adopts nothing."""
    body, rules, vote = document["body"], document["body"]["rules"], opening["body"]["vote"]
    roll, took = [each["number"] for each in vote["roll"]], [each["number"] for each in body.get("participants") or ()]
    cast, gone, secret = body.get("ballots", []), body.get("proxies_withdrawn", []), rules["tier"] == "secret"
    known = RULES.fullmatch("{method},{tie},{tier},{threshold_rule}".format(**rules))
    need(known and (not secret or len(roll) >= rules["floor"] > 2), where, "des règles inconnues de ce programme")
    same = sorted(each["person"]["number"] for each in cast) == sorted(roll * (not secret))
    same = same and (not took or set(took) <= set(roll) and len(set(took)) == len(took) == body["voted"])
    proxies = [(each["giver"]["number"], each["holder"]["number"]) for each in vote["proxies"] if each not in gone]
    need(same and len(proxies) + len(gone) == len(vote["proxies"]), where, "les personnes qu'il cite ont changé")
    for giver, holder in ((each["person"]["number"], each["by"]["number"]) for each in cast if each["by"]):
        need((giver, holder) in proxies, where, f"n° {holder} vote sans pouvoir pour n° {giver}")
    made = {"rules": vote["rules"], "electorate": len(roll), "opened_at": opening["at"], "closed_at": document["at"]}
    made |= {"outcome": "withheld", "voted": None, "count": {}, "share": None, "quorum_reached": None}
    made["text_digest"], chosen = opening["body"]["text_digest"], [each["choice"] for each in cast]
    count = {name: body["count"].get(name, 0) if secret else chosen.count(name) for name in CHOICES}
    voted, yes, no = sum(count.values()), count["for"], count["against"]
    if not secret or body["count"] and not 0 < voted < rules["floor"]:  # else a count would tell who cast which ballot
        fair = set(chosen) <= {"", *CHOICES} and voted <= len(roll) and all(each >= 0 for each in count.values())
        need(fair, where, "un choix inconnu, ou plus de voix que de personnes inscrites")
        share, limit = Fraction(yes, yes + no or 1), Fraction(rules["threshold"])
        passes = yes != no and (share > limit or share == limit and rules["threshold_rule"] == "reached")
        made |= {"voted": voted, "count": count, "quorum_reached": 0 < voted >= Fraction(rules["quorum"]) * len(roll)}
        made["outcome"] = "void" if not made["quorum_reached"] else "carried" if passes else "rejected"
        made["share"] = f"{share.numerator}/{share.denominator}" if yes + no else None
    for name, value in made.items():
        need(canonical(body[name]) == canonical(value), where, f"« {name} » : {value} recompté, {body[name]} inscrit")
    over = made["voted"] == len(roll) or body["closed_at"] >= max(each["closes_at"] for each in (vote, *longer))
    need(over, where, "clos avant son heure")
    need((made["outcome"] == "withheld") <= len(longer) <= secret, where, "prolongé à tort, ou pas du tout")


def check_consent(body, where):
    """No objection stands, and enough of those called took a position; silence may be one, as the charter says."""
    for each in body["objections"]:
        settled = each["state"] in ("concern", "resolved", "withdrawn")
        need(settled, where, f"l'objection n° {each['number']} n'est pas levée ({each['state']})")
    chosen = [*{each["person"]["name"]: each["choice"] for each in body["calls"][-1]["positions"]}.values()]
    told, size, quorum = chosen.count("consent") + chosen.count("concern"), len(body["electorate"]), body["quorum"]
    same = quorum["electorate"] == size and quorum["expressed"] in (told, told + chosen.count("silent_consent"))
    need(same and "objection" not in chosen, where, f"quorum de {told} sur {size} recompté, ou objection à l'appel")
    need(quorum["expressed"] >= max(1, Fraction(quorum["share"]) * size), where, "le quorum n'est pas atteint")


def check_beside(parts, keys):
    """Check minutes, charters, names and acts; return what could not be checked."""
    texts = {each["entry"]: "sha256:" + sha(each["text"].encode()) for each in parts["minutes"]}
    charters = {each["version"]: "sha256:" + sha(canonical(each["document"])) for each in parts["charters"]}
    acts = {each["document"]["commitment"]: each for each in parts.get("acts", ())}
    pages = [(each, texts[each["entry"]], "procès-verbal de l'inscription n° {entry}") for each in parts["minutes"]]
    pages += [(each, charters[each["version"]], "charte, version {version}") for each in parts["charters"]]
    for each, made, where in pages:
        need(each["digest"] == made, where.format(**each), "le texte n'a pas son empreinte")
    for name, kept in (("minutes", texts), ("charters", charters), ("acts", acts)):
        need(len(kept) == len(parts.get(name, ())), f"partie « {name} »", "deux preuves pour un seul engagement")
    documents, left = [item["document"] for item in parts["entries"]], dict[object, str]()
    cited = set(PERSON.findall(canonical([document["body"] for document in documents]).decode()))
    for document in documents:
        seq, kind, body, terms = (document[name] for name in ("seq", "type", "body", "terms"))
        check_acts(document, acts, keys)
        if (kind, body.get("phase")) == ("lot", "drawn") or kind == "decision" and "quorum" not in body:
            left[seq] = f"{'le tirage' if kind == 'lot' else 'le consentement'} de l'inscription n° {seq}"
        if kind == "minutes" and "text" not in body:  # older entries hold the text themselves
            kept = texts.pop(seq, None)
            left |= {} if kept else {seq: f"le texte du procès-verbal de l'inscription n° {seq}, absent du dossier"}
            need(kept in (None, body["digest"]), f"inscription n° {seq}", "n'approuve pas ce procès-verbal")
        same = kind != "charter" or charters.get(body["version"], body["digest"]) == body["digest"]
        need(same, f"inscription n° {seq}", "la charte du dossier n'est pas celle qui a été adoptée")
        if terms.startswith("sha256:") and terms not in charters.values():
            left.setdefault(terms, f"la charte {terms}, citée par l'inscription n° {seq}, absente du dossier")
    need(not texts, f"procès-verbal de l'inscription n° {min(texts, default='')}", "aucune inscription ne l'approuve")
    for each in parts["names"]:
        same = each["commitment"] in cited and sha(each["name"].encode(), each["salt"]) == each["commitment"]
        need(same, f"nom scellé {each['commitment']}", "n'a pas son empreinte, ou aucune inscription ne le cite")
    need(not acts, "partie « acts »", "une preuve n'est citée par aucune inscription")
    return list(left.values())


def check(text, pinned=()):
    """Return (what was found, what could not be checked); raise Bad for the first thing that is altered."""
    parts = read_bundle(text)
    keys, owner, count = {key.get("id"): key for key in parts["keys"]}, parts["collective"], len(parts["entries"])
    try:
        for key_id, multibase in pinned:
            need(keys[key_id]["publicKeyMultibase"] == multibase, f"clé {key_id}", "n'est pas celle que vous donnez")
        known = {key_id.partition("#")[0] for key_id, _ in pinned}
        trusted = {n: key for n, key in keys.items() if n in dict(pinned) or key.get("controller") not in known}
        covered, witnesses, last = check_heads(parts, keys, trusted)
        left, acted, seal = check_beside(parts, trusted), len(parts.get("acts", ())), parts["seal"]
        for each in parts["conflicts"]:
            where = f"contradiction à l'inscription n° {each['n']}"
            check_proof(each["first"], keys, where)
            check_proof(each["second"], keys, where)
            need(False, where, "le collectif a signé deux états différents de son registre (preuve jointe)")
        idle = [n for n, _ in pinned if keys[n].get("controller") not in {owner["uri"], *witnesses}]
        need(not idle, f"clé {''.join(idle[:1])}", "n'a rien signé de ce dossier (parle-t-il d'un autre collectif ?)")
        need(seal["attributedTo"] == owner["uri"], "sceau du dossier", "n'est pas celui du collectif")
        for name in sorted({*parts, *seal["parts"]} - {"seal", "entries"}):  # entries: the heads cover them
            made = sha(canonical(parts.get(name)))
            need(seal["parts"].get(name) == made, f"partie « {name} »", "n'est pas celle qui a été scellée")
        check_proof(seal, trusted, "sceau du dossier")  # and with it every head, whatever key of theirs signed that
    except ODD as error:
        raise Bad(f"le dossier est mal formé après les inscriptions ({type(error).__name__} {error})") from None
    left += [f"les inscriptions à partir du n° {covered + 1}, qu'aucune tête signée ne couvre"] * (covered < count)
    left += [] if Ed25519PublicKey is not None else ["les signatures : il manque la bibliothèque cryptography"]
    found = [f"{owner['name']} : {count} inscriptions, tête {last}", f"collectif {owner['uri']}"]
    found += [f"confirmé par {who} jusqu'à l'inscription n° {n}" for who, n in sorted(witnesses.items())]
    found += [f"{len(parts['names'])} noms vérifiés" if parts["with_names"] else "dossier public, sans les noms"]
    found += [f"{acted} actes signés par d'autres nœuds, vérifiés"] * bool(acted)
    return found + [f"clé {key_id} = {key['publicKeyMultibase']}" for key_id, key in keys.items()], left


def main(arguments):
    pinned = [tuple(each[6:].rsplit("=", 1)) for each in arguments if each.startswith("--cle=")]
    files = [each for each in arguments if not each.startswith("--")]
    if len(files) != 1 or len(files) + len(pinned) != len(arguments):
        sys.stdout.write(f"{__doc__}\n")
        return 2
    try:
        with open(files[0], "rb") as file:
            found, left = check(file.read().decode("utf-8", "surrogateescape"), pinned)
        told = [*found, *(f"NON CONTRÔLÉ : {line}." for line in left)]
        told, end = [*told, "Il reste des choses à contrôler." if left else "Tout concorde."], 2 if left else 0
    except (Bad, OSError) as why:
        told, end = ([f"ALTÉRÉ : {why}."], 1) if isinstance(why, Bad) else ([f"ILLISIBLE : {why}."], 2)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    for line in told:  # nothing that the file holds begins a line of its own, or commands the terminal
        sys.stdout.write("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line) + "\n")
    return end


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
