#!/usr/bin/env python3
"""Vérifie le dossier de recomptage d'un registre de décisions : python3 verify_register.py DOSSIER.json

Sans rien de Toile : la bibliothèque standard, et `cryptography` pour les signatures (pip install cryptography).
Fin : 0, tout concorde ; 1, quelque chose est altéré (nommé) ; 2, quelque chose n'a pas pu être contrôlé (nommé).
Format : docs/register.md. Avec --cle=ADRESSE=z6Mk…, la clé obtenue ailleurs doit être celle du dossier.
"""

import hashlib
import json
import sys
import unicodedata

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # said at the end, with exit 2
    Ed25519PublicKey = None  # type: ignore[assignment,misc]

START = bytes(32)
SPARE = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SUITE = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
ODD = (KeyError, TypeError, AttributeError, ValueError, IndexError, OverflowError, RecursionError)
LISTS = ("acts", "charters", "confirmations", "conflicts", "heads", "keys", "minutes", "names")
PARTS = sorted([*LISTS, "collective", "entries", "format", "made_at", "node", "seal", "with_names"])
ENTRY = {"seq", "type", "at", "node", "collective", "terms", "salt", "body"}


class Bad(Exception):
    """What is altered: where, and in which way."""


def sha(data, salt=None):
    """With a salt, a commitment: the end of one longer than 32 bytes could be the beginning of other words."""
    return hashlib.sha256(bytes.fromhex(salt or "") + data).hexdigest() if salt is None or len(salt) == 64 else ""


def canonical(value):
    """RFC 8785, for what a register may hold: ASCII keys, whole numbers, text in NFC."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def whole(digits):
    if abs(int(digits)) > 2**53 - 1:
        raise ValueError("nombre trop grand")
    return int(digits)


def need(good, where, why):
    if not good:
        raise Bad(f"{where} : {why}")


class Reader:
    """Reads the file once, from left to right; whatever is not the one canonical form stops it there."""

    decoder = json.JSONDecoder(parse_int=whole, parse_float=whole, parse_constant=whole)  # whole numbers only

    def __init__(self, text, at=0):
        self.text, self.at = text, at

    def fail(self, where, why):
        raise Bad(f"{where} : {why}, vers l'octet {len(self.text[: self.at].encode('utf-8', 'surrogateescape'))}")

    def sign(self, wanted, where):
        if self.text[self.at : self.at + len(wanted)] != wanted:
            self.fail(where, f"« {wanted} » attendu")
        self.at += len(wanted)

    def value(self, where):
        """Return the value that begins here, whose bytes must be its canonical form."""
        try:
            found, end = self.decoder.raw_decode(self.text, self.at)
            part = self.text[self.at : end]
            exact = canonical(found) == part.encode() and unicodedata.is_normalized("NFC", part)
        except (ValueError, RecursionError) as error:
            self.at, exact = getattr(error, "pos", self.at), False
        if not exact:
            self.fail(where, "illisible, ou écrit autrement que sous sa forme canonique")
        self.at = end
        return found


def check_entry(item, seq, previous, where):
    """Return the head after this entry; `previous` is the one before, in bytes."""
    document, here = item["document"], item["document"]["seq"]
    need(set(item) == {"digest", "document", "head"} and set(document) == ENTRY, where, "forme inconnue")
    need(type(here) is int and here == seq, where, f"manque, ou n'est pas à sa place (n° {here} dans le dossier)")
    where, body, digest = f"{where}, du {document['at']}", document["body"], sha(canonical(document))
    need(item["digest"] == digest, where, "le contenu ne donne pas son empreinte")
    head = hashlib.sha256(previous + bytes.fromhex(digest)).digest()
    need(item["head"] == head.hex(), where, "la chaîne ne mène pas à sa tête")
    if isinstance(body.get("text"), str) and "text_digest" in body:
        same = body["text_digest"] == "sha256:" + sha(body["text"].encode())
        need(same, where, "le texte décidé n'a pas l'empreinte inscrite")
    return head


def read_entries(reader, seq=0, previous=START):
    """Yield the entries after `seq`, each checked; `previous` is the head before them, in bytes."""
    while reader.text[reader.at : reader.at + 1] != "]":
        seq, where = seq + 1, f"inscription n° {seq + 1}"
        reader.sign("," if seq > 1 else "", where)
        item = reader.value(where)
        try:
            previous = check_entry(item, seq, previous, where)
        except ODD:
            raise Bad(f"{where} : forme inconnue") from None
        yield item
    reader.at += 1


def read_bundle(text):
    """Return the parts of the file and the digest of each but the entries, which are checked on the way."""
    reader, parts, sums = Reader(text), {}, {}
    for number, name in enumerate(PARTS[not text.startswith('{"acts":') :]):  # « acts » only where there are any
        reader.sign(f'{"," if number else "{"}"{name}":', f"partie « {name} »")
        begin = reader.at
        if name == "entries":
            reader.sign("[", "partie « entries »")
            parts[name] = list(read_entries(reader))
        else:
            parts[name] = reader.value(f"partie « {name} »")
            sums[name] = sha(text[begin : reader.at].encode())
        well = name not in LISTS or (isinstance(parts[name], list) and all(type(each) is dict for each in parts[name]))
        need(well, f"partie « {name} »", "forme inconnue")
    reader.sign("}", "fin du dossier")
    need(reader.at == len(text), "fin du dossier", "quelque chose suit")
    need(parts["format"] == "toile-register/1", "partie « format »", "inconnue de ce programme")
    return parts, sums


def base58(text):
    number = sum(SPARE.index(letter) * 58**place for place, letter in enumerate(reversed(text)))
    return bytes(len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def check_proof(document, keys, where, owner="attributedTo"):
    """FEP-8b32, eddsa-jcs-2022: a key of `attributedTo` (or of the actor) signed this."""
    proof = document["proof"]
    need(all(proof.get(name) == value for name, value in SUITE.items()), where, "pas de signature lisible")
    need(proof["@context"] == document["@context"], where, "la signature parle d'un autre contexte")
    key = keys.get(proof["verificationMethod"], {})
    need(key.get("controller") == document[owner], where, "signée d'une clé qui n'est pas dans le dossier")
    live = "revoked" not in key and str(proof["created"]) <= str(key.get("expires", "9"))
    need(live, where, "signée d'une clé qui ne compte plus")
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
    owner, heads = parts["collective"]["uri"], [START.hex(), *(item["head"] for item in parts["entries"])]
    signers: dict = {}
    for name, label in (("heads", "tête signée"), ("confirmations", "contresignature")):
        for document in parts[name]:
            where = f"{label} de l'inscription n° {document['n']}, par {document['attributedTo']}"
            need(document["collective"] == owner, where, "parle d'un autre registre")
            need((document["attributedTo"] == owner) == (name == "heads"), where, "n'est pas signée par qui de droit")
            check_proof(document, keys if name == "heads" else trusted, where)
            claimed = {document["n"]: document["head"]}
            if "since" in document:  # recomputed from the digests that it carries
                claimed = {document["since"]: document["sinceHead"]}
                for at, digest in enumerate(document["entryDigests"], start=document["since"] + 1):
                    claimed[at] = hashlib.sha256(bytes.fromhex(claimed[at - 1] + digest)).hexdigest()
                need(claimed.get(document["n"]) == document["head"], where, "ses empreintes ne mènent pas à sa tête")
            for n, head in sorted(claimed.items()):
                need(n < len(heads), f"inscription n° {len(heads)}", f"manque (connue par la {where})")
                need(heads[n] == head, f"inscription n° {n}", f"n'est pas celle de la {where}")
            signers[document["attributedTo"]] = max(signers.get(document["attributedTo"], 0), document["n"])
    return signers.pop(owner, 0), signers, heads[-1]


def commitments(value, found):
    found |= {value["name"]} if isinstance(value, dict) and set(value) == {"number", "name"} else set()
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        commitments(part, found)
    return found


def check_acts(document, acts, keys):
    """Acts signed by members' own nodes: what is opened is what was signed; proofs are those cited, by listed keys."""
    body, where = document["body"], f"acte signé ailleurs, inscription n° {document['seq']}"
    for each in [body] if document["type"] == "signature" else body.get("signatures", []):
        opened, act = each["opened"], acts.pop(each["commitment"], None) if each["proof"] else None
        if opened is not None:
            made = "sha256:" + sha(canonical(opened["payload"]), opened["salt"])
            need(made == each["commitment"], where, "l'acte ouvert n'est pas celui qui a été signé")
        if act is not None:
            same = sha(canonical(act["document"]), act["proof_salt"]) == each["proof"]
            need(same and act["document"]["kind"] == each["kind"], where, "la preuve n'est pas celle qui est citée")
            check_proof(act["document"], keys, where, "actor")


def check_beside(parts, keys):
    """Check minutes, charters, names, acts; return what could not be checked, and the number of acts."""
    left, texts, charters, cited = {}, {}, {}, commitments({}, set())
    acts = {each["document"]["commitment"]: each for each in parts.get("acts", ())}
    need(len(acts) == len(parts.get("acts", ())), "partie « acts »", "deux preuves pour un seul engagement")
    for each in parts["minutes"]:
        where = f"procès-verbal de l'inscription n° {each['entry']}"
        same = each["digest"] == "sha256:" + sha(each["text"].encode())
        need(same and each["entry"] not in texts, where, "le texte n'a pas son empreinte, ou figure deux fois")
        texts[each["entry"]] = each["digest"]
    for each in parts["charters"]:
        where, digest = f"charte, version {each['version']}", "sha256:" + sha(canonical(each["document"]))
        need(each["digest"] == digest and each["version"] not in charters, where, "le texte n'a pas son empreinte")
        charters[each["version"]] = digest
    for document in (item["document"] for item in parts["entries"]):
        seq, kind, body, terms = (document[name] for name in ("seq", "type", "body", "terms"))
        commitments(body, cited)
        check_acts(document, acts, keys)
        if kind == "minutes" and "text" not in body:  # older entries hold the text themselves
            if seq not in texts:
                left[seq] = f"le texte du procès-verbal de l'inscription n° {seq}, absent du dossier"
            same = texts.pop(seq, body["digest"]) == body["digest"]
            need(same, f"inscription n° {seq}", "le procès-verbal du dossier n'est pas celui qui a été approuvé")
        same = kind != "charter" or charters.get(body["version"], body["digest"]) == body["digest"]
        need(same, f"inscription n° {seq}", "la charte du dossier n'est pas celle qui a été adoptée")
        if terms.startswith("sha256:") and terms not in charters.values():
            left.setdefault(terms, f"la charte {terms}, citée par l'inscription n° {seq}, absente du dossier")
    need(not texts, f"procès-verbal de l'inscription n° {min(texts, default='')}", "aucune inscription ne l'approuve")
    for each in parts["names"]:
        need(each["commitment"] in cited, f"nom scellé {each['commitment']}", "aucune inscription ne le cite")
        made = sha(each["name"].encode(), each["salt"])
        need(made == each["commitment"], f"nom scellé {each['commitment']}", "n'a pas son empreinte")
    need(not acts, "partie « acts »", "une preuve n'est citée par aucune inscription")
    return list(left.values()), len(parts.get("acts", ()))


def check_seal(parts, sums, keys):
    """The collective's signature over every part but the entries, which the chain and the signed heads cover."""
    seal, owner = parts["seal"], parts["collective"]["uri"]
    need(seal["attributedTo"] == owner, "sceau du dossier", "n'est pas celui du collectif")
    for name in sorted(sums.keys() - {"seal"} | set(seal["parts"])):
        need(seal["parts"].get(name) == sums.get(name), f"partie « {name} »", "n'est pas celle qui a été scellée")
    check_proof(seal, keys, "sceau du dossier")


def check(text, pinned=()):
    """Return (what was found, what could not be checked); raise Bad for the first thing that is altered."""
    parts, sums = read_bundle(text)
    keys = {key.get("id"): key for key in parts["keys"]}
    try:
        for key_id, multibase in pinned:
            need(keys[key_id]["publicKeyMultibase"] == multibase, f"clé {key_id}", "n'est pas celle que vous donnez")
        known = {key_id.partition("#")[0] for key_id, _ in pinned}
        trusted = {n: key for n, key in keys.items() if n in dict(pinned) or key.get("controller") not in known}
        covered, witnesses, last = check_heads(parts, keys, trusted)
        left, acted = check_beside(parts, trusted)
        for each in parts["conflicts"]:
            where = f"contradiction à l'inscription n° {each['n']}"
            for document in (each["first"], each["second"]):
                check_proof(document, keys, where)
            need(False, where, "le collectif a signé deux états différents de son registre (preuve jointe)")
        idle = [n for n, _ in pinned if keys[n].get("controller") not in {parts["collective"]["uri"], *witnesses}]
        need(not idle, f"clé {''.join(idle[:1])}", "n'a rien signé de ce dossier (parle-t-il d'un autre collectif ?)")
        check_seal(parts, sums, trusted)  # and with it every head, whatever key of the collective signed that
    except ODD as error:
        raise Bad(f"le dossier est mal formé après les inscriptions ({type(error).__name__} {error})") from None
    count, owner = len(parts["entries"]), parts["collective"]
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
