"""Fill the gazetteer from the two files in network/data (see its README for columns and sources)."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator
from math import isfinite
from pathlib import Path

from django.db import connection, models, transaction

from network.clock import now
from network.errors import Invalid
from network.models import Alias, Gazetteer, Locality, Postcode
from network.rules.places import normalise, without_article

DATA = Path(__file__).resolve().parent.parent / "data"
FRANCE, EUROPE = "communes_fr.csv.gz", "cities_eu5000.csv.gz"
CODED = frozenset({"COM", "ARM"})  # the kinds that postcodes lead to: former communes are found by name
BATCH = 500  # rows a statement: 5,500 values, well under what SQLite allows
LOCALITY = ("id", "country", "code", "kind", "name", "dept", "population", "lat", "lon", "norm", "bare")
Row = tuple[object, ...]
FORM = 2  # raise when the columns of the tables mean something else, so that nodes load anew


def load_gazetteer(*, folder: Path = DATA) -> bool:
    """Make the tables say what the files say; return False when they already did.

    Everything is replaced in one transaction. Ids follow the order of the files, so that the same files give
    the same ids on every node. Raises Invalid("gazetteer_point") for a point that is not a finite number.
    """
    packed = [(folder / name).read_bytes() for name in (FRANCE, EUROPE)]
    digest = hashlib.sha256(b"%d" % FORM + b"".join(packed)).hexdigest()
    if Gazetteer.objects.filter(id=1, digest=digest).exists():
        return False
    french, european = (list(csv.DictReader(io.StringIO(gzip.decompress(part).decode()))) for part in packed)
    with transaction.atomic():
        _empty()
        _fill(french, european)
        Gazetteer.objects.update_or_create(id=1, defaults={"digest": digest, "loaded_at": now()})
    return True


def _empty() -> None:
    for model in (Postcode, Alias, Locality):
        rows = model.objects.all()
        rows._raw_delete(rows.db)  # nothing else points here: no need to collect 100,000 rows first


def _fill(french: list[dict[str, str]], european: list[dict[str, str]]) -> None:
    first = len(french) + 1
    _insert(Locality, LOCALITY, [_commune(number, row) for number, row in enumerate(french, 1)])
    _insert(Locality, LOCALITY, [_town(number, row) for number, row in enumerate(european, first)])
    _insert(Postcode, ("postcode", "locality_id"), list(_postcodes(french)))
    _insert(Alias, ("norm", "name", "locality_id"), list(_aliases(european, first)))


def _insert(model: type[models.Model], columns: tuple[str, ...], rows: list[Row]) -> None:
    """Insert many rows a statement: 105,000 of them take a second or two, a quarter of what objects would take."""
    quote = connection.ops.quote_name
    head = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))}) VALUES "  # noqa: S608
    line = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            cursor.execute(head + ", ".join([line] * len(part)), [value for row in part for value in row])


def _commune(number: int, row: dict[str, str]) -> Row:
    names = (normalise(row["name"]), normalise(without_article(row["name"])))
    head = (number, "FR", row["code"], row["type"], row["name"], row["dept"], int(row["pop"] or 0))
    return (*head, _degrees(row, "lat", 90), _degrees(row, "lon", 180), *names)


def _town(number: int, row: dict[str, str]) -> Row:
    norm, country = normalise(row["name"]), row["country"]
    head = (number, country, "", "", row["name"], country, int(row["pop"] or 0))
    return (*head, _degrees(row, "lat", 90), _degrees(row, "lon", 180), norm, norm)


def _degrees(row: dict[str, str], column: str, most: int) -> float | None:
    """Return the number, None when the file has none; NaN would wreck every later sort without a word."""
    if not row[column]:
        return None
    value = float(row[column])
    if not (isfinite(value) and abs(value) <= most):
        raise Invalid("gazetteer_point", name=row["name"], value=row[column])
    return value


def _postcodes(french: list[dict[str, str]]) -> Iterator[Row]:
    for number, row in enumerate(french, 1):
        if row["type"] in CODED:
            yield from ((postcode, number) for postcode in dict.fromkeys(row["postcodes"].split()))


def _aliases(european: list[dict[str, str]], first: int) -> Iterator[Row]:
    for number, row in enumerate(european, first):
        yield from ((normalise(name), name, number) for name in row["aliases"].split("|") if name)
