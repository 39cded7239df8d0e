"""Tables of points or distances, parted by commas, semicolons or tabs (.csv, .tsv)."""

from __future__ import annotations

import csv
import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from problems.shared.text import HASH, rows
from problems.tours.distances import Distances, MatrixDistances, PointDistances

__all__ = ["Table", "is_table", "read_table"]

Floats = NDArray[np.float64]
Cells = list[list[str]]

SUFFIXES = (".csv", ".tsv")
PLANE = {"x": 0, "y": 1, "z": 2}
GLOBE = {"lat": 0, "latitude": 0, "lon": 1, "lng": 1, "long": 1, "longitude": 1}


class Table(NamedTuple):
    """What a table holds; `points` is where to draw the cities, x (or longitude) first."""

    distances: Distances
    labels: Sequence[Hashable]
    points: Floats | None = None
    geographic: bool = False


def is_table(text: str, suffix: str) -> bool:
    """Whether a file is a table by its suffix, or by the commas or semicolons of its first line."""
    first = next((line for _, line in rows(text, HASH)), "")
    listed = bool({",", ";"} & set(first)) and ":" not in first and first[0] not in "<{["
    return suffix.lower() in SUFFIXES or listed


def read_table(text: str, name: str) -> Table:
    r"""Read points or distances, with the cities' names where there are such.

    - Points under a header: ``x, y`` and perhaps ``z`` (Euclidean distances), or ``lat, lon``
      (degrees; great-circle distances in km). The column ``name``, or else the first one that
      holds no coordinates, has the cities' names; others are passed over.
    - Distances under a header of the cities' names, which come again as the first cell of every
      row, in any order. An empty cell is a missing road.
    - Numbers without a header: a square with zeros on its diagonal is distances, 2 or 3 columns are
      points, perhaps after a column of names.

    Parameters
    ----------
    text : str
        Lines that begin with ``#`` are comments.
    name : str
        Of the file, for messages.

    Raises
    ------
    ValueError
        Naming the row and what was expected of it.

    Examples
    --------
    >>> read_table("name,x,y\nA,0,0\nB,3,4\n", "two").labels
    ['A', 'B']
    >>> read_table("\tA\tB\nA\t0\t5\nB\t7\t0\n", "two").distances.tour_length([0, 1])
    12.0
    """
    header, body = _cells(text, name)
    if not body:
        raise ValueError(f"{name}: expected a table of points or distances; got no rows")
    width = len(body[0])
    for k, row in enumerate(body, 1):
        if len(row) != width:
            raise ValueError(f"{name}, row {k}: expected {width} cells; got {len(row)}")
    heads = [cell.lower() for cell in header]
    for kinds in (GLOBE, PLANE):
        columns = {kinds[head]: k for k, head in reversed(list(enumerate(heads))) if head in kinds}
        if {0, 1} <= set(columns):
            if len(header) != width:
                raise ValueError(f"{name}, row 1: expected {len(header)} cells; got {width}")
            where = [columns[axis] for axis in sorted(columns)]
            return _points(body, where, _named(heads, where), name, kinds is GLOBE)
    if header:
        return _matrix(header, body, name)
    first = 0 if _is_number(body[0][0]) else 1
    square = len(body) == width and all(_is_number(row[k]) for k, row in enumerate(body))
    if square and not any(float(row[k]) for k, row in enumerate(body)):
        return Table(MatrixDistances(_numbers(body, range(width), name)), range(width))
    if width - first not in (2, 3):
        got = (
            f"{width - 1} after {body[0][0][:40]!r}, which is no number"
            if first
            else f"{width} columns"
        )
        raise ValueError(f"{name}: expected a header, or 2 or 3 coordinates; got {got}")
    id_first = not first and width == 3 and [row[0] for row in body] == _counted(body)
    return _points(body, range(first or id_first, width), 0 if first or id_first else None, name)


def _cells(text: str, name: str) -> tuple[list[str], Cells]:
    """Return the header, empty where there is none, and the other rows."""
    lines = [line for line in text.split("\n") if line.strip(" \t,;") and not HASH.match(line)]
    first = lines[0] if lines else ""
    delimiter = next((mark for mark in "\t;," if mark in first), ",")
    try:
        table = [[c.strip() for c in row] for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error as error:
        raise ValueError(f"{name}: expected a table; {error}") from None
    if delimiter == ";":
        table = [[_with_point(cell) for cell in row] for row in table]
    headed = bool(table) and (not table[0][0] or not any(map(_is_number, table[0])))
    return (table[0], table[1:]) if headed else ([], table)


def _is_number(cell: str) -> bool:
    try:
        return not math.isnan(float(cell))
    except ValueError:
        return False


def _with_point(cell: str) -> str:
    """Return a number that was written with a decimal comma with a point."""
    return cell.replace(",", ".") if _is_number(cell.replace(",", ".")) else cell


def _counted(body: Cells) -> list[str]:
    """Return the numbers of the rows, from 0 or from 1, as the first cell has them."""
    start = 0 if body[0][0] == "0" else 1
    return [str(k) for k in range(start, start + len(body))]


def _named(heads: list[str], taken: Sequence[int]) -> int | None:
    """Return the column of the cities' names."""
    others = [k for k in range(len(heads)) if k not in taken]
    return next((k for k in others if heads[k] == "name"), others[0] if others else None)


def _labels(names: list[str]) -> list[Hashable]:
    whole = all(name.isdecimal() and name.isascii() for name in names)
    return [int(name) for name in names] if whole else list(names)


def _points(
    body: Cells, columns: Sequence[int], names: int | None, name: str, globe: bool = False
) -> Table:
    points = _numbers(body, columns, name)
    if not np.all(np.isfinite(points)):
        raise ValueError(
            f"{name}: expected coordinates in every row; got an empty cell or infinity"
        )
    distances = PointDistances(points, "great-circle" if globe else "euclidean")
    labels = range(len(body)) if names is None else _labels([row[names] for row in body])
    return Table(distances, labels, points[:, 1::-1] if globe else points[:, :2], globe)


def _matrix(header: list[str], body: Cells, name: str) -> Table:
    labels = [row[0] for row in body]
    columns = header if len(header) == len(body) else header[1:]
    if sorted(columns) != sorted(labels) or len(body[0]) != len(body) + 1:
        raise ValueError(
            f"{name}: expected columns x and y, or lat and lon, or the names of the rows; got "
            f"{', '.join(header)[:60]!r}"
        )
    order = [1 + columns.index(label) for label in labels]
    matrix = _numbers(body, order, name)
    np.fill_diagonal(matrix, 0)
    return Table(MatrixDistances(matrix), _labels(labels))


def _numbers(body: Cells, columns: Sequence[int], name: str) -> Floats:
    """Return some columns as numbers, infinite where a cell is empty."""
    table = np.empty((len(body), len(columns)))
    for k, row in enumerate(body):
        for j, column in enumerate(columns):
            cell = row[column]
            if cell and not _is_number(cell):
                raise ValueError(f"{name}, row {k + 1}: expected a number; got {cell[:40]!r}")
            table[k, j] = float(cell) if cell else np.inf
    return table
