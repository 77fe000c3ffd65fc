"""`export_directory` and `import_directory`: the same as the pages, from the machine."""

import pytest
from django.core.management import CommandError, call_command

from network.formats import csv_table
from network.models import ImportRun, Member
from network.queries.exports import EXPORTS
from network.rules.entries import merged
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    factories.node()
    shop = factories.member("Atelier", kind="company")
    factories.offer(shop)
    factories.offer(shop, "Secret", visibility="members")
    return shop


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_is_written_to_a_file(shop, tmp_path, name, capsys):
    out = tmp_path / "out"
    call_command("export_directory", "--format", name, "--out", str(out))
    text = out.read_text(encoding="utf-8-sig")
    assert "Atelier" in text
    assert "Secret" not in text
    assert "1 entries" in capsys.readouterr().out


def test_without_a_file_it_goes_to_standard_output(shop, capsys):
    call_command("export_directory", "--format", "csv")
    assert [card.name for card in merged(csv_table.read(capsys.readouterr().out).lines)] == ["Atelier"]


def test_import_dry_run_import_and_undo(shop, tmp_path, capsys):
    file = tmp_path / "fiches.csv"
    file.write_text("nom;site\nÉtage 12;https://etage.example\nX;nulle part\n")
    call_command("import_directory", str(file), "--source", "Annuaire Z", "--dry-run")
    assert "line 3: refuse" in capsys.readouterr().out
    assert not ImportRun.objects.exists()
    call_command("import_directory", str(file), "--source", "Annuaire Z")
    run = ImportRun.objects.get()
    assert f"import {run.pk}: 1 create, 1 refuse" in capsys.readouterr().out
    assert Member.objects.filter(unclaimed=True).count() == 1
    call_command("import_directory", "--undo", str(run.pk))
    assert not Member.objects.filter(unclaimed=True).exists()


def test_what_cannot_be_done_says_so(tmp_path):
    file = tmp_path / "fiches.csv"
    file.write_text("nom\nÉtage 12\n")
    for arguments in ([], [str(tmp_path / "nothing")], [str(file)], ["--undo", "99"]):
        with pytest.raises(CommandError):
            call_command("import_directory", *arguments)
    with pytest.raises(CommandError):
        call_command("export_directory", "--format", "csv", "--out", str(tmp_path / "no" / "where"))
