"""The instances that ship with hopopt, and how the name of an instance is found.

`capitals` holds the capitals of the 193 member states of the United Nations and of its two observer
states, one city a country. Where a country has several candidates, the capital that its law names
is taken: Sucre (not La Paz), Amsterdam (not The Hague), Porto-Novo (not Cotonou), Yamoussoukro (not
Abidjan), Dodoma, Gitega, Kuala Lumpur (not Putrajaya), Sri Jayawardenepura Kotte (not Colombo),
Jakarta (not yet Nusantara). Where the law names several or none, or the city it names is
disputed, it is the seat of the government that administers the country: Pretoria, Mbabane, Yaren,
Bern, Jerusalem, Ramallah. No position on any claim is meant. A coordinate is a point in the middle
of the city, to within a few kilometres.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.shared import files
from problems.shared.matrix_market import is_matrix, read_matrix
from problems.shared.text import content, parsed_json, split_name
from problems.tours.distances import Distances, MatrixDistances, PointDistances
from problems.tours.tables import is_table, read_table
from problems.tours.tsplib import TSPLIBInstance
from problems.tours.tsplib.reading import instance_of
from problems.tours.tsplib.sections import parse_text

__all__ = ["BUILT_IN", "Found", "built_in", "find"]

Floats = NDArray[np.float64]

BUILT_IN: Mapping[str, str] = {
    "capitals": "the 195 capitals of the world, great-circle distances in km",
    "random-N": "N uniform points in the unit square; random-N-SEED for another seed than 0",
}
"""Built-in instances: name -> description in a line."""

_LARGEST_RANDOM = 10**6

_RANDOM = re.compile(r"random-([0-9]{1,12})(?:-([0-9]{1,40}))?")
_SUFFIX = re.compile(r"\.a?tsp$")
SUFFIXES = (".tsp", ".atsp", ".hcp", ".csv", ".tsv", ".mtx")


@dataclass(frozen=True, eq=False)
class Found:
    """An instance with all that is known about it.

    Attributes
    ----------
    name, comment : str
        The built-in name or the file's NAME (without suffix), and a remark, perhaps empty.
    kind : str
        ``"TSP"`` (symmetric), ``"ATSP"``, or ``"HPP"`` (an open path).
    distances : Distances
        Between the cities 0 … n − 1.
    labels : sequence of length n
        The cities' names: capitals, the numbers of a TSPLIB file, those of a table, or 0 … n − 1.
    points : array, shape (n, 2), or None
        Where to draw the cities, x then y. Of a 3-D instance, its first two coordinates.
    geographic : bool
        Whether `points` are (longitude, latitude) in degrees.
    optimum : float or None
        The length of the shortest tour, where it is on record.
    cycle : bool
        Whether the way back counts.
    fixed : sequence of pairs of labels
        Edges that every tour must take.
    tour : sequence of labels, or None
        A solution to begin with, where the file has one.
    """

    name: str
    kind: str
    comment: str
    distances: Distances
    labels: Sequence[Hashable]
    points: Floats | None = None
    geographic: bool = False
    optimum: float | None = None
    cycle: bool = True
    fixed: Sequence[tuple[Hashable, Hashable]] = ()
    tour: Sequence[Hashable] | None = None

    def options(
        self, cycle: bool | None, start: Hashable | None, end: Hashable | None
    ) -> dict[str, Any]:
        """Return the options of a `TSP` with these ends; no optimum where they change it."""
        if cycle not in (None, True, False):
            raise ValueError(f"cycle must be true or false; got {cycle!r}")
        closed = self.cycle if cycle is None else bool(cycle)
        same = closed == self.cycle and (closed or (start is None and end is None))
        return {
            "labels": self.labels,
            "points": self.points,
            "geographic": self.geographic,
            "instance": self.name,
            "optimum": self.optimum if same else None,
            "cycle": closed,
            "start": start,
            "end": end,
            "fixed": self.fixed,
        }


def built_in(name: str) -> Found | None:
    """Return the built-in instance of this name, or None if there is none.

    Parameters
    ----------
    name : str
        ``"capitals"``, ``"random-N"`` or ``"random-N-SEED"``. The N points of the random instance
        are uniform in the unit square, and their Euclidean distances are not rounded.

    Raises
    ------
    ValueError
        If N is not between 1 and 10⁶.

    Examples
    --------
    >>> capitals = built_in("capitals")
    >>> capitals.labels[:2], capitals.distances.n
    (('Kabul', 'Tirana'), 195)
    >>> built_in("random-5-3").distances.n
    5
    """
    if name == "capitals":
        return _capitals()
    match = _RANDOM.fullmatch(name)
    return None if match is None else _random(name, int(match[1]), int(match[2] or 0))


def find(source: str | os.PathLike[str], data: str | os.PathLike[str] | None = None) -> Found:
    """Find an instance by its name or path.

    Tried in this order: a built-in name (`BUILT_IN`); ``"-"``, the standard input; a path; and a
    name, for a file of that name in the folder `data`, in the folder that the environment variable
    HOPOPT_DATA names, and in the current directory. A file is TSPLIB's (`read_tsplib`), a table of
    points or distances (`tables.read_table`), or a matrix in MatrixMarket's format, packed or not.

    Beside a file, ``optima.json`` may record optima: ``{name: {"optimum": length}, …}`` by the
    file's name without its suffix. An entry with a ``"file"`` counts for that file only.

    Parameters
    ----------
    source : str or path
        What to find.
    data : str or path, optional
        The first folder to search for a name.

    Raises
    ------
    TypeError
        If `source` or `data` is not text or a path.
    ValueError
        If the N of a random instance is out of range, the file is neither TSPLIB's (`TSPLIBError`)
        nor a table, or ``optima.json`` is damaged.
    FileNotFoundError
        If there is no such instance. The message lists what was searched, and the nearest names.
    IsADirectoryError, NotADirectoryError
        If `source` is a folder; if `data` or HOPOPT_DATA is not one.
    OSError
        If a file cannot be read.

    References
    ----------
    Reinelt, G. (1991). TSPLIB—A traveling salesman problem library. ORSA Journal on Computing 3.

    Examples
    --------
    >>> capitals = find("capitals")
    >>> paris, london = map(capitals.labels.index, ("Paris", "London"))
    >>> round(float(capitals.distances(paris, london)))
    344
    """
    shipped = built_in(files.as_text(source, "source"))
    if shipped is not None:
        return shipped
    found = files.find(source, data, SUFFIXES, BUILT_IN)
    optimum = None if found.path is None else _optimum(found.path)
    label = found.name if found.path is None else str(found.path)
    if is_matrix(found.text):
        matrix = MatrixDistances(read_matrix(found.text, label))
        kind, labels = "TSP" if matrix.symmetric else "ATSP", range(1, matrix.n + 1)
        return Found(found.name, kind, "", matrix, labels, optimum=optimum)
    if is_table(found.text, found.suffix):
        table = read_table(found.text, label)
        return Found(
            name=found.name,
            kind="TSP" if table.distances.symmetric else "ATSP",
            comment="",
            distances=table.distances,
            labels=table.labels,
            points=table.points,
            geographic=table.geographic,
            optimum=optimum,
        )
    stem = "" if found.path is None else found.name
    return _from_tsplib(instance_of(parse_text(label, found.text, stem)), optimum)


def _capitals() -> Found:
    with Path(__file__).with_name("capitals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    positions = np.array([(row["latitude"], row["longitude"]) for row in rows], dtype=np.float64)
    return Found(
        name="capitals",
        kind="TSP",
        comment=BUILT_IN["capitals"],
        distances=PointDistances(positions, "great-circle"),
        labels=tuple(row["capital"] for row in rows),
        points=_frozen(positions[:, ::-1]),
        geographic=True,
    )


def _random(name: str, n: int, seed: int) -> Found:
    if not 1 <= n <= _LARGEST_RANDOM:
        raise ValueError(f"random-N: expected N in 1 … {_LARGEST_RANDOM}, got {n}")
    distances = PointDistances(np.random.default_rng(seed).random((n, 2)))
    comment = f"{n} uniform points in the unit square, seed {seed}"
    return Found(name, "TSP", comment, distances, range(n), distances.points)


def _from_tsplib(instance: TSPLIBInstance, optimum: float | None) -> Found:
    points, geographic = _picture(instance)
    return Found(
        name=_SUFFIX.sub("", instance.name) or "unnamed",
        kind=instance.kind,
        comment=instance.comment,
        distances=instance.distances,
        labels=range(instance.first, instance.first + instance.distances.n),
        points=points,
        geographic=geographic,
        optimum=optimum,
        cycle=instance.kind != "HPP",
        fixed=[(a + instance.first, b + instance.first) for a, b in instance.fixed],
        tour=None if instance.tour is None else (instance.tour + instance.first).tolist(),
    )


def _picture(instance: TSPLIBInstance) -> tuple[Floats | None, bool]:
    points, distances = instance.points, instance.distances
    if points is None or not instance.display:
        return None, False
    if (
        isinstance(distances, PointDistances)
        and distances.metric in ("GEO", "GEOM")
        and np.array_equal(points, distances.points)
    ):
        degrees = np.trunc(points) if distances.metric == "GEO" else points
        return _frozen((degrees + (points - degrees) / 0.6)[:, ::-1]), True
    return _frozen(points[:, :2]), False


def _frozen(points: Floats) -> Floats:
    result = np.array(points)
    result.setflags(write=False)
    return result


def _optimum(path: Path) -> float | None:
    table = path.with_name("optima.json")
    if not table.is_file():
        return None
    optima = parsed_json(content(table), str(table))
    stem = split_name(path)[0]
    entry = optima.get(stem, {}) if isinstance(optima, dict) else None
    if not isinstance(entry, dict):
        raise ValueError(f"{table}: expected {{name: {{'optimum': length}}}}, got {entry!r}")
    length = entry.get("optimum")
    if length is None or entry.get("file", path.name) != path.name:
        return None
    if type(length) in (int, float) and 0 <= length <= sys.float_info.max:
        return float(length)
    raise ValueError(f"{table}: expected a length for {stem!r}, got {length!r}")
