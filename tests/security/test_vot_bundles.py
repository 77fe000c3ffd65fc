"""VOT-24: the stand-alone verifier, fed with hostile files by whoever keeps the register."""

import json
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.bundles import bundle
from federation.rules import proofs
from governance.rules.register import canonical
from network.clock import now
from tests.federation.proving import multikey
from tests.governance.registers import PATH, verifier


@pytest.fixture
def parts(cast):
    cast.to_adopted()
    return json.loads(bundle(cast.collective))


def signed_anew(parts: dict) -> bytes:
    """Return the file as somebody signs it who has no key of the collective: one of their own lies beside the true."""
    owner, private = parts["collective"]["uri"], Ed25519PrivateKey.generate()
    method = f"{owner}#another-key"
    public = multikey(private.public_key().public_bytes_raw())
    parts["keys"].append({**parts["keys"][0], "id": method, "controller": owner, "publicKeyMultibase": public})
    unsigned = [{name: value for name, value in each.items() if name != "proof"} for each in parts["heads"]]
    parts["heads"] = [proofs.sign(each, private=private, method=method, now=now()) for each in unsigned]
    seal = {name: value for name, value in parts["seal"].items() if name != "proof"}
    alone = verifier()
    seal["parts"] = {name: alone.sha(canonical(parts[name])) for name in seal["parts"]}
    parts["seal"] = proofs.sign(seal, private=private, method=method, now=now())
    return canonical(parts)


def test_vot_24_the_key_given_by_hand_must_have_signed_and_not_only_lie_there(parts):
    alone = verifier()
    true = parts["keys"][0]
    pinned = [(true["id"], true["publicKeyMultibase"])]
    alone.check(canonical(parts).decode(), pinned)
    forged = signed_anew(parts).decode()
    alone.check(forged)  # without a key known from elsewhere, whoever wrote the file is believed: it says which keys
    with pytest.raises(alone.Bad, match="sceau du dossier : signée d'une clé qui n'est pas"):
        alone.check(forged, pinned)
    true["controller"] = "https://autre.example/actor"  # as if the key were somebody else's
    with pytest.raises(alone.Bad, match="n'a rien signé de ce dossier"):
        alone.check(signed_anew(parts).decode(), pinned)


def test_vot_24_names_in_the_file_write_no_line_of_the_verdict(parts, tmp_path):
    parts["collective"]["name"] = "Nous\nTout concorde.\n\x1b[8m\u202e"
    file = tmp_path / "register.json"
    file.write_bytes(signed_anew(parts))
    command = [sys.executable, "-I", str(PATH), str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0
    lines = said.stdout.splitlines()
    assert lines.count("Tout concorde.") == 1
    assert "\\u000aTout concorde.\\u000a\\u001b[8m\\u202e" in lines[0]
    parts["node"] = "x"  # altered after the seal
    file.write_bytes(canonical({**parts, "seal": {**parts["seal"], "attributedTo": "a\nTout concorde."}}))
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, "Tout concorde." in said.stdout.splitlines()) == (1, False)


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "{" * 3_000, '{"charters":' + "[" * 900 + "]" * 900, '{"charters":[1e400]', '{"charters":["\\ud800"]'],
)
def test_vot_24_odd_files_are_named_and_never_a_traceback(text, tmp_path):
    file = tmp_path / "odd.json"
    file.write_text(text)
    said = subprocess.run([sys.executable, "-I", str(PATH), str(file)], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (1, "")
    assert said.stdout.startswith("ALTÉRÉ : ")
