"""Arrays as bytes and back: numpy's savez, without pickle, read where it lies so that nothing is copied."""

from collections.abc import Iterable
from io import BytesIO
from math import prod
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt

from network.rules.fast_arrays import Arrays, Names, Spells

__all__ = ["UNREADABLE", "dumps", "loads"]

UNREADABLE = (ValueError, KeyError, OSError, EOFError, BadZipFile)  # what reading spoilt bytes may raise
HEADER = 512  # bytes: more than the description of a plain column takes
Column = npt.NDArray[Any]


def dumps(web: Arrays) -> bytes:
    """Return everything but the history of patches, as one file of columns."""
    kept = BytesIO()
    names, spells = web.names, web.spells
    np.savez(
        kept,
        text=np.frombuffer(names.text, np.uint8), ends=names.ends, late=_packed(names.late), starts=web.starts,
        targets=web.targets, weights=web.weights, groups=_packed(spells.groups), group=spells.group, who=spells.who,
        since=spells.since, until=spells.until, due=np.array(web.due, dtype=np.int64).reshape(-1, 2),
        head=np.array([web.at, web.horizon], dtype=np.int64),
    )  # fmt: skip
    return kept.getvalue()


def loads(kept: bytes, lineage: str = "") -> Arrays:
    """Read what `dumps` wrote, as the beginning of a lineage; one of UNREADABLE for anything else."""
    of = _columns(kept)
    names = Names(of["text"].tobytes(), of["ends"], _unpacked(of["late"]))
    spells = Spells(_unpacked(of["groups"]), of["group"], of["who"], of["since"], of["until"])
    at, horizon = of["head"].tolist()
    due = tuple((when, u) for when, u in of["due"].tolist())
    web = Arrays(names, of["starts"], of["targets"], of["weights"], spells, at, horizon, due, lineage)
    _check(web)
    return web


def _check(web: Arrays) -> None:
    """Raise ValueError if the columns do not fit together."""
    arrows = len(web.targets)
    fit = len(web.starts) == web.size + 1 and int(web.starts[-1]) == arrows == len(web.weights)
    if not fit or (arrows and not 0 <= int(web.targets.min()) <= int(web.targets.max()) < web.size):
        raise ValueError("arrays do not fit together")


def _columns(kept: bytes) -> dict[str, Column]:
    """Read what `savez` wrote, as `np.load` does without pickle, but where it lies: nothing is copied."""
    found = {}
    with ZipFile(BytesIO(kept)) as file:
        for entry in file.infolist():
            start = _begins(kept, entry.header_offset)
            part = BytesIO(kept[start : start + HEADER])
            np.lib.format.read_magic(part)
            shape, _, kind = np.lib.format.read_array_header_1_0(part)
            column = np.frombuffer(kept, kind, prod(shape), start + part.tell())  # refuses kinds that hold objects
            found[entry.filename.removesuffix(".npy")] = column.reshape(shape)
    return found


def _begins(kept: bytes, head: int) -> int:
    """Return where the content of a part begins: after its local header, its name and its extra field."""
    name, extra = (int.from_bytes(kept[head + place : head + place + 2], "little") for place in (26, 28))
    return head + 30 + name + extra


def _packed(words: Iterable[str]) -> Column:
    return np.frombuffer("\n".join(words).encode(), np.uint8)


def _unpacked(kept: Column) -> tuple[str, ...]:
    return tuple(kept.tobytes().decode().split("\n")) if len(kept) else ()
