"""The recount bundle and the stand-alone verifier: whole, erased, altered in every place, and a golden one."""

import ast
import json
import random
import subprocess
import sys
from copy import deepcopy
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection

from federation import witness
from federation.bundles import bundle
from federation.models import Confirmation, HeadConflict, ProofKey
from federation.rules import heads, proofs
from governance.actions.leaving import forget_name
from governance.models import Entry, RegisterHead
from governance.queries.assemblies import minutes_view
from governance.queries.register import check_register, document_of
from governance.rules.register import START, canonical, digest, link
from network.clock import now
from tests.federation.proving import multikey
from tests.governance.conftest import make_cast
from tests.governance.registers import PATH

GOLDEN = Path(__file__).parents[1] / "vectors" / "register-bundle.json"
WITNESS = "https://temoin.example/actor"


@pytest.fixture(scope="module")
def filling(lasting_db):
    """A decision, its approved minutes, a concern, and one countersignature by a node that we know."""
    cast = make_cast()
    cast.to_adopted()
    cast.do(cast.camille, "file_concern", text="Le chauffage est cher.")
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    mark = minutes_view(cast.assembly.pk, viewer=cast.alix).digest
    for member in cast.three[:2]:
        cast.do(member, "approve_minutes", digest=mark)
    confirm(cast.collective)
    return cast


@pytest.fixture
def filled(filling, db):
    return deepcopy(filling)


def confirm(collective):
    private = Ed25519PrivateKey.generate()
    head = heads.read(witness.signed_head(collective, 0, RegisterHead.objects.get(collective=collective).n))
    method = f"{WITNESS}#ed25519-key"
    document = proofs.sign(heads.confirmation(head, WITNESS), private=private, method=method, now=now())
    multibase = multikey(private.public_key().public_bytes_raw())
    ProofKey.objects.create(key_id=method, owner=WITNESS, multibase=multibase)
    Confirmation.objects.create(
        collective=collective.uri, witness=WITNESS, n=head.n, head=head.head, key_id=method, made_at=now(),
        body=json.dumps(document).encode(),
    )  # fmt: skip


def altered(alone, text):
    """Return what the verifier says is altered; fail if it finds nothing."""
    try:
        alone.check(text)
    except alone.Bad as bad:
        return str(bad)
    pytest.fail("nothing was found")


def test_a_whole_bundle_verifies_with_names_and_without(filled, alone):
    found, left = alone.check(bundle(filled.collective).decode())
    assert left == []
    assert "Les Ateliers Réunis : 4 inscriptions" in found[0]
    assert f"confirmé par {WITNESS} jusqu'à l'inscription n° 4" in found
    assert "dossier public, sans les noms" in found
    found, left = alone.check(bundle(filled.collective, with_names=True).decode())
    assert left == []
    assert "3 noms vérifiés" in found


def test_the_public_bundle_holds_no_name_and_the_other_does(filled):
    public, whole = bundle(filled.collective), bundle(filled.collective, with_names=True)
    for name in (b"Alix", b"Bachir", b"Camille"):
        assert name not in public
        assert name in whole


def test_its_bytes_are_canonical(filled):
    data = bundle(filled.collective, with_names=True)
    assert canonical(json.loads(data)) == data


def test_a_forgotten_name_leaves_every_hash_valid(filled, alone):
    before = json.loads(bundle(filled.collective, with_names=True))
    forget_name(filled.camille)
    data = bundle(filled.collective, with_names=True)
    assert b"Camille" not in data
    assert json.loads(data)["entries"] == before["entries"]
    assert json.loads(data)["minutes"] == before["minutes"]
    found, left = alone.check(data.decode())
    assert ("2 noms vérifiés" in found, left) == (True, [])
    assert check_register(filled.collective).first_bad is None


PLACES = [
    ("entries", lambda p: p["entries"][1]["document"]["body"].update(text="Autre chose."), "inscription n° 2"),
    ("seq", lambda p: p["entries"][1]["document"].update(seq=True), "inscription n° 2"),
    (
        "minutes",
        lambda p: p["minutes"][0].update(text=p["minutes"][0]["text"] + "."),
        "verbal de l'inscription n° 4",
    ),
    ("no minutes", lambda p: p["minutes"].clear(), "« minutes » : n'est pas celle qui a été scellée"),
    ("charter", lambda p: p["charters"][0]["document"].update(title="Autre"), "charte, version 1"),
    ("name", lambda p: p["names"][0].update(name="Personne"), "nom scellé"),
    ("salt", lambda p: p["names"][0].update(salt="00" * 32), "nom scellé"),
    ("no name", lambda p: p["names"].pop(), "« names » : n'est pas"),
    ("head", lambda p: p["heads"][0].update(head="0" * 64), "tête signée de l'inscription n° 4"),
    ("no heads", lambda p: p["heads"].clear(), "« heads » : n'est pas"),
    ("witness", lambda p: p["confirmations"][0].update(n=3), "inscription n° 3"),
    ("no witness", lambda p: p["confirmations"].clear(), "« confirmations » : n'est pas"),
    ("key", lambda p: p["keys"].reverse(), "« keys » : n'est pas"),
    ("revoked", lambda p: p["keys"][0].update(revoked="2026-01-01T00:00:00Z"), "qui ne compte plus"),
    ("date", lambda p: p.update(made_at="2026-01-01T00:00:00.000000Z"), "« made_at »"),
    ("node", lambda p: p.update(node="https://autre.example"), "« node »"),
    ("title", lambda p: p["collective"].update(name="Autre"), "« collective »"),
    ("seal", lambda p: p["seal"].update(id="autre"), "sceau du dossier"),
    ("no seal", lambda p: p["seal"].clear(), "mal formé"),
    ("format", lambda p: p.update(format="toile-register/2"), "« format »"),
    ("list", lambda p: p.update(keys={}), "« keys »"),
    ("cut", lambda p: p["entries"].pop(), "inscription n° 4 : manque"),
]


@pytest.mark.parametrize(("change", "named"), [place[1:] for place in PLACES], ids=[place[0] for place in PLACES])
def test_whatever_is_changed_is_named(filled, alone, change, named):
    parts = json.loads(bundle(filled.collective, with_names=True))
    change(parts)
    assert named in altered(alone, canonical(parts).decode())


def test_every_single_byte_counts(filled, alone):
    """Each byte of a small bundle in turn, one bit flipped."""
    data, dice, quiet = bundle(filled.collective, with_names=True), random.Random(1), []
    for at in dice.sample(range(len(data)), 300):
        changed = bytearray(data)
        changed[at] ^= 1 << dice.randrange(8)
        try:
            alone.check(bytes(changed).decode("utf-8", "surrogateescape"))
            quiet.append(at)
        except alone.Bad:
            pass
    assert quiet == []


@pytest.mark.parametrize(
    ("form", "named"),
    [
        (lambda d: d.replace(b'"entries":[', b'"entries": ['), "vers l'octet"),
        (lambda d: d + b"\n", "fin du dossier"),
        (lambda d: d.replace(b'"seq":2', b'"seq":2.0'), "inscription n° 2"),
        (lambda d: d.replace(b'"seq":2', b'"seq":2,"seq":2'), "inscription n° 2"),
        (lambda d: d.replace("é".encode(), "e\u0301".encode()), "forme canonique"),
        (lambda d: d.replace("é".encode(), b"\\u00e9"), "forme canonique"),
        (lambda d: d.replace("é".encode(), b"\xff"), "forme canonique"),
        (lambda d: d[:-40], "vers l'octet"),
        (lambda d: b"", "vers l'octet 0"),
        (lambda d: b"[" * 100_000, "vers l'octet 0"),
    ],
)
def test_only_the_one_form_is_read(filled, alone, form, named):
    text = form(bundle(filled.collective)).decode("utf-8", "surrogateescape")
    assert named in altered(alone, text)


def test_a_past_written_anew_is_seen_against_the_countersignature(filled, alone):
    """The operator rewrites the rows and signs again: what the other node signed tells from which entry on."""
    kept = Confirmation.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE governance_entry SET kind = 'autre' WHERE seq = 3")
        head = START
        for row in Entry.objects.order_by("seq"):
            document = document_of(row)
            head = link(head, digest(document))
            values = [digest(document), head.hex(), row.pk]
            cursor.execute("UPDATE governance_entry SET digest = %s, head = %s WHERE id = %s", values)
    RegisterHead.objects.update(head=head.hex())
    assert check_register(filled.collective).first_bad in {None, 3}
    said = altered(alone, bundle(filled.collective).decode())
    assert "inscription n° 3 : n'est pas celle de la tête signée" in said
    assert kept.n == 4


def test_a_proof_of_two_pasts_travels_with_the_bundle(filled, alone):
    head = witness.signed_head(filled.collective, 0, 4)
    body = json.dumps(head).encode()
    fields = {"collective": filled.collective.uri, "local": True, "kind": "fork", "n": 4}
    HeadConflict.objects.create(**fields, first=body, second=body)
    assert "a signé deux états différents" in altered(alone, bundle(filled.collective).decode())


def test_what_cannot_be_checked_is_named(filled, alone, monkeypatch):
    monkeypatch.setattr(alone, "Ed25519PublicKey", None)
    _found, left = alone.check(bundle(filled.collective).decode())
    assert left == ["les signatures : il manque la bibliothèque cryptography"]


def test_the_key_may_be_given_by_hand(filled, alone):
    data = bundle(filled.collective).decode()
    key = next(key for key in json.loads(data)["keys"] if key["controller"] == filled.collective.uri)
    alone.check(data, [(key["id"], key["publicKeyMultibase"])])
    with pytest.raises(alone.Bad, match="n'est pas celle que vous donnez"):
        alone.check(data, [(key["id"], "z6MkAutre")])


def test_a_key_given_by_hand_must_have_signed_something(filled, alone):
    """A true key that lies in a file about another collective proves nothing of that file."""
    forged = json.loads(bundle(filled.collective))
    listed = dict(forged["keys"][0], id="https://vrai.example/g/c#key", controller="https://vrai.example/g/c")
    forged["keys"] = sorted([*forged["keys"], listed], key=lambda key: key["id"])
    with pytest.raises(alone.Bad, match="n'a rien signé de ce dossier"):
        alone.check(canonical(forged).decode(), [(listed["id"], listed["publicKeyMultibase"])])


@pytest.mark.parametrize("arguments", [["--clef=x=y"], ["--cle=x=y", "--names"]])
def test_an_option_that_it_does_not_know_is_not_passed_over(filled, alone, tmp_path, arguments, capsys):
    file = tmp_path / "register.json"
    file.write_bytes(bundle(filled.collective))
    assert alone.main([str(file), *arguments]) == 2
    assert "python3 verify_register.py" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_not_called_altered(tmp_path):
    said = run(tmp_path / "absent.json")
    assert (said.returncode, said.stdout.startswith("ILLISIBLE")) == (2, True)
    assert said.stderr == ""


def test_a_salt_longer_than_ours_opens_nothing(alone):
    salt = "ab" * 32
    assert alone.sha(b"Jean-Anne", salt) == sha256(bytes.fromhex(salt) + b"Jean-Anne").hexdigest()
    assert alone.sha(b"Anne", salt + b"Jean-".hex()) == ""


def run(path):
    return subprocess.run([sys.executable, "-I", str(PATH), str(path)], capture_output=True, text=True, check=False)


def test_command_and_program_together(filled, tmp_path):
    file = tmp_path / "register.json"
    call_command("export_register", str(file), "--names", collective=filled.collective.slug)
    good = run(file)
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "Tout concorde.")
    file.write_bytes(file.read_bytes().replace(b"chaque premier mardi", b"chaque dernier mardi", 1))
    bad = run(file)
    assert bad.returncode == 1
    assert "ALTÉRÉ : inscription n° 2, du 20" in bad.stdout
    assert run(tmp_path / "absent").returncode == 2
    with pytest.raises(CommandError):
        call_command("export_register", str(file), collective="absent")
    with pytest.raises(CommandError, match="ne peut pas être écrit"):
        call_command("export_register", str(tmp_path))


def test_the_program_shares_no_code_and_stays_short():
    source = PATH.read_text()
    assert len(source.splitlines()) < 300
    tree = ast.walk(ast.parse(source))
    modules = {n.module for n in tree if isinstance(n, ast.ImportFrom)}
    modules |= {a.name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import) for a in n.names}
    assert {name.split(".")[0] for name in modules} <= {*sys.stdlib_module_names, "cryptography"}


def test_the_golden_bundle_verifies_for_good():
    answer = run(GOLDEN)
    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (0, "Tout concorde.")
