"""WEB-07, WEB-08 and WEB-10: files that people send, and files that they take away.

No archive is unpacked anywhere (WEB-07) and no XML parsed (WEB-10): both are refused by their first bytes, before
anything reads them. Pictures are not imported at all (WEB-09): no room decodes any, no column keeps one, and addresses
of logos in files are left out.
"""

import ast
import csv
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import FileField

from network.errors import Invalid
from network.formats import chatons, csv_table, geojson, gogocarto, librehost, murmurations, vcard
from network.models import ImportRun, Member, Offer
from network.queries.readings import READERS, format_of, read_text
from network.rules.entries import EntryCard, EntryOffer, merged
from network.rules.files import BYTES_MAX, decoded
from tests import factories

BASE = Path(__file__).parents[2]
FORMULAS = ["=1+1", "+33 1 23", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''@x", '=HYPERLINK("http://evil","x")']


def packed(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("../../etc/evil.csv", "nom\nX\n")
    elif kind == "tar":
        with tarfile.open(fileobj=out, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("../evil"))
    else:
        out.write(gzip.compress(b"nom\nX\n"))
    return out.getvalue()


# --- WEB-07: archives ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["zip", "tar", "gzip"])
def test_web_07_archives_are_refused_unopened(kind):
    with pytest.raises(Invalid) as refused:
        decoded(packed(kind))
    assert refused.value.code == "file_packed"


def test_web_07_nothing_in_the_rooms_unpacks_archives():
    """Archives are opened where they are ours: the shipped gazetteer, a row of ours; one is written, and not read."""
    found = {
        f"{path.relative_to(BASE)}: {name}"
        for room in ("network", "governance", "federation", "frontend", "deploy")
        for path in sorted((BASE / room).rglob("*.py"))
        for name in imported(path) & {"zipfile", "tarfile", "shutil.unpack_archive", "bz2", "lzma", "gzip"}
    }
    ours = {
        "network/actions/places.py: gzip",
        "network/rules/fast_bytes.py: zipfile",
        "frontend/pages/own_data.py: zipfile",
    }
    assert found == ours


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


# --- WEB-08: formulas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", FORMULAS)
def test_web_08_no_cell_is_computed_and_the_text_comes_back(text):
    card = EntryCard(f"{text}", summary=text, offers=(EntryOffer(text, text=text, availability=text),))
    table = csv_table.written([card])
    cells = [cell for row in list(csv.reader(io.StringIO(table, newline="")))[1:] for cell in row]
    assert [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell and not cell.lstrip("+-").isdigit()] == []
    (found,) = merged(csv_table.read(table).lines)
    assert found.name == text.strip()
    assert found.offers[0].title == text.strip()


@pytest.mark.django_db
def test_web_08_the_export_of_the_directory(client):
    factories.node()
    shop = factories.member('=cmd|"/c calc"!A1', kind="company")
    factories.offer(shop, "@SUM(1)", availability="+1")
    text = client.get("/annuaire/exporter/csv").content.decode()
    cells = {cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")) for cell in row}
    assert {'\'=cmd|"/c calc"!A1', "'@SUM(1)", "'+1"} <= cells


# --- WEB-09: pictures ---------------------------------------------------------------------------------------

ROOMS = ("network", "governance", "federation", "frontend", "deploy")
DECODERS = {"PIL", "imageio", "cv2", "wand", "pyvips", "cairosvg", "imghdr"}
LOGO = "https://pictures.example/bomb.png"
WITH_LOGO = {
    "csv": f"nom;logo;image;photo\nAtelier;{LOGO};{LOGO};{LOGO}\n",
    "geojson": '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":'
    f'{{"name":"Atelier","logo":"{LOGO}","image":"{LOGO}","images":["{LOGO}"]}}}}]}}',
    "gogocarto": f'[{{"id":1,"name":"Atelier","geo":{{}},"images":["{LOGO}"],"image":"{LOGO}","logo":"{LOGO}"}}]',
    "vcard": f"BEGIN:VCARD\nVERSION:4.0\nFN:Atelier\nLOGO:{LOGO}\nPHOTO;MEDIATYPE=image/png:{LOGO}\nEND:VCARD\n",
    "murmurations": '{"linked_schemas":["organizations_schema-v1.0.0"],"name":"Atelier",'
    f'"image":"{LOGO}","header_image":"{LOGO}","images":[{{"url":"{LOGO}"}}]}}',
    "librehost": f'{{"name":"Atelier","homeUrl":"https://a.example","logo":"{LOGO}"}}',
    "chatons": f"organization.name = Atelier\norganization.logo = {LOGO}\norganization.logo.url = {LOGO}\n",
}


def test_web_09_no_room_decodes_a_picture_and_no_column_keeps_a_file():
    """The day one does: at most 25 megapixels, drawn anew, without what the camera wrote into it."""
    files = [path for room in ROOMS for path in (BASE / room).rglob("*.py")]
    assert [path for path in files for name in imported(path) if name.split(".")[0] in DECODERS] == []
    models = [model for room in ROOMS[:3] for model in apps.get_app_config(room).get_models()]
    assert [field for model in models for field in model._meta.get_fields() if isinstance(field, FileField)] == []


@pytest.mark.parametrize("kind", WITH_LOGO)
def test_web_09_the_address_of_a_logo_is_left_out_of_what_is_read(kind):
    text, _ = decoded(WITH_LOGO[kind].encode())
    reading = read_text(kind, text)
    cards = [line.card for line in reading.lines]
    assert [card.name for card in cards] == ["Atelier"]
    assert "pictures.example" not in repr(cards)


# --- WEB-10: XML ----------------------------------------------------------------------------------------------

LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><lolz>&lol2;</lolz>"""
XXE = """<!DOCTYPE foo [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><rss>&xxe;</rss>"""


@pytest.mark.parametrize("text", [LAUGHS, XXE, "<svg xmlns='x'/>", "\ufeff <?xml version='1.1'?>", "<feed></feed>"])
def test_web_10_xml_is_refused_unparsed(text):
    with pytest.raises(Invalid) as refused:
        decoded(text.encode())
    assert refused.value.code == "file_markup"


def test_web_10_no_room_parses_xml():
    parsers = ("xml", "lxml", "defusedxml", "xmltodict", "html5lib", "bs4")
    rooms = ("network", "governance", "federation", "frontend", "deploy")
    files = [path for room in rooms for path in (BASE / room).rglob("*.py")]
    assert [path for path in files for name in imported(path) if name.split(".")[0] in parsers] == []


# --- what is sent, whatever it is --------------------------------------------------------------------------------

HOSTILE = [
    b"\xff\xfe" + b"\x00\xd8" * 4, b"\x00" * 50, b"{" * 5_000, b'{"a":' * 500, b'"' * 1_000, b"[1e999, NaN]",
    b"\x81\x8d\x8f",
    b"BEGIN:VCARD\n" * 3_000, b"organization.name=" + b"x" * 10_000, b"nom\n" + b'"' * 9, b";" * 5_000, b"nom;" * 500,
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"\\ud800"},"geometry":null}]}',
    b'{"type":"FeatureCollection","features":[1,null,"x",{"properties":1},{"properties":{"name":[1]}}]}',
    b'{"linked_schemas":[],"name":{"a":1},"geolocation":{"lat":"x"}}', b'[{"exchange_type":1,"title":"x","tags":{}}]',
    b'{"data":[[1],[null,null,null,null],{"id":1,"name":"x","geo":[]}],"ontology":"x"}',
    b'{"directory":{"a":1,"b":"x"}}',
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files_end_in_words_never_in_an_error(raw, client):
    factories.node()
    member = factories.member("Alix", belongs_to=factories.collective())
    client.force_login(factories.account(member, operator=True))
    before = Member.objects.count(), Offer.objects.count()
    for scope in ("own", "entries"):
        file = SimpleUploadedFile("x.csv", raw)
        answer = client.post("/compte/importer", {"file": file, "scope": scope, "source": "Z"}, follow=True)
        assert answer.status_code in {200, 400}
    for run in ImportRun.objects.all():
        assert client.post(f"/compte/importer/{run.pk}/faire").status_code in {302, 400, 409}
    assert Offer.objects.count() - before[1] <= 3


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_every_reader_takes_whatever_it_is_given(raw):
    try:
        text, _ = decoded(raw)
    except Invalid:
        return
    for kind in READERS:
        reading = read_text(kind, text)
        assert all(line.card is None or not line.problems for line in reading.lines)
    for read in (chatons.read, murmurations.read, librehost.read):
        assert code_of(lambda read=read: read(text, url="https://a.example/x")).split("_")[0] in {"", "json", "file"}
    assert code_of(lambda: format_of("x", text)).split("_")[0] in {"", "json", "file", "format"}


def code_of(act):
    """Run it; return the code of its refusal, or nothing. Any other error is a failure."""
    try:
        act()
    except Invalid as refused:
        return refused.code
    return ""


def test_the_bounds_hold():
    with pytest.raises(Invalid):
        decoded(b"x" * (BYTES_MAX + 1))
    for text in ("nom\n" + "x\n" * 2_001, "BEGIN:VCARD\nFN:x\nEND:VCARD\n" * 2_001):
        assert read_text(format_of("x", text), text).problem.code == "too_many_lines"
    features = '{"type":"Feature","properties":{"name":"x"},"geometry":null}'
    text = '{"type":"FeatureCollection","features":[' + ",".join([features] * 2_001) + "]}"
    assert geojson.read(text).problem.code == "too_many_lines"
    assert gogocarto.read('{"ontology":"x","data":[' + ",".join(["[1,2,3,4]"] * 2_001) + "]}").problem is not None
    assert vcard.read("x").problem.code == "vcard_expected"
