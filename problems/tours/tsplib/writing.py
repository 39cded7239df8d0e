"""Instances and tours to TSPLIB's files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core import replacing
from problems.tours.distances import TSPLIB_METRICS, Distances, PointDistances
from problems.tours.order import as_tour
from problems.tours.tsplib.reading import TSPLIBInstance
from problems.tours.tsplib.sections import Floats, Source, number_text, stem_of


def write_tsplib(
    problem: Distances | TSPLIBInstance,
    path: Source,
    name: str | None = None,
    comment: str | None = None,
) -> None:
    """Write an instance such that `read_tsplib` gives back the same distances.

    Points under one of TSPLIB's metrics are written as coordinates. Everything else, which those
    metrics would round, is written row by row as an EXPLICIT FULL_MATRIX in full precision; planar
    points are then added for display.

    Parameters
    ----------
    problem : Distances or TSPLIBInstance
        A TSPLIBInstance keeps its name, comment, points and kind.
    path : path or open text file
        Where to write; an open file is not closed.
    name, comment : str, optional
        Printable text without outer blanks; only a comment may have several lines. The default name
        is the instance's, or the path's stem.

    Raises
    ------
    TypeError, ValueError
        If `problem` is neither, or the name or comment cannot be written.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> from io import StringIO
    >>> from problems.tours import read_tsplib
    >>> file = StringIO()
    >>> write_tsplib(PointDistances([[0, 0], [3, 4]], "EUC_2D"), file, name="pair")
    >>> _ = file.seek(0)
    >>> read_tsplib(file).distances.matrix()
    array([[0., 5.],
           [5., 0.]])
    """
    instance = (
        problem if isinstance(problem, TSPLIBInstance) else _described(problem, stem_of(path))
    )
    lines = _header(
        instance.name if name is None else name,
        instance.comment if comment is None else comment,
        instance.kind if instance.distances.symmetric or instance.kind == "HPP" else "ATSP",
        instance.distances.n,
    )
    _write(path, chain(lines, list(_specification(instance)), _data(instance), ["EOF"]))


def write_tour(
    order: ArrayLike,
    path: Source,
    name: str | None = None,
    comment: str = "",
    length: float | None = None,
) -> None:
    """Write a tour, a permutation of range(n), as a TOUR file whose cities are 1 … n.

    Parameters
    ----------
    order : array_like of int, shape (n,)
        The cities in the order of the tour.
    path : path or open text file
        Where to write; an open file is not closed.
    name, comment : str, optional
        As for `write_tsplib`.
    length : float, optional
        The tour's length, added to the comment.

    Raises
    ------
    TypeError, ValueError
        If `order` is not a permutation, or the name or comment cannot be written.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import sys
    >>> write_tour([1, 0], sys.stdout, name="pair", length=8)
    NAME : pair
    COMMENT : Length 8
    TYPE : TOUR
    DIMENSION : 2
    TOUR_SECTION
    2
    1
    -1
    EOF
    """
    tour = as_tour(order, np.size(order))
    if length is not None:
        comment = "\n".join([*filter(None, [comment]), f"Length {number_text(length)}"])
    lines = _header(stem_of(path) if name is None else name, comment, "TOUR", len(tour))
    _write(path, [*lines, "TOUR_SECTION", *map(str, (tour + 1).tolist()), "-1", "EOF"])


def _described(distances: Any, name: str) -> TSPLIBInstance:
    if not isinstance(distances, Distances):
        raise TypeError(
            f"problem must be Distances or TSPLIBInstance, got {type(distances).__name__}"
        )
    kind = "TSP" if distances.symmetric else "ATSP"
    weights = _weights(distances)
    if isinstance(distances, PointDistances) and weights != "EXPLICIT":
        return TSPLIBInstance(
            name, kind, "", distances, distances.points, True, weights, "FUNCTION"
        )
    points = distances.coordinates
    planar = points if points is not None and points.shape[1] == 2 else None
    return TSPLIBInstance(
        name, kind, "", distances, planar, planar is not None, weights, "FULL_MATRIX"
    )


def _header(name: str, comment: str, kind: str, n: int) -> list[str]:
    remarks = comment.split("\n") if comment else []
    for argument, text in [("name", name), *(("comment", line) for line in remarks)]:
        text.encode()
        if text != text.strip() or set(text) & set("\n\r\0"):
            raise ValueError(f"{argument} must be text without outer blanks, got {text!r}")
    remarks = [f"COMMENT : {line}" for line in remarks]
    return [f"NAME : {name}", *remarks, f"TYPE : {kind}", f"DIMENSION : {n}"]


def _weights(distances: Distances) -> str:
    if isinstance(distances, PointDistances) and distances.metric in TSPLIB_METRICS:
        return str(distances.metric)
    return "EXPLICIT"


def _picture(instance: TSPLIBInstance) -> str:
    points, distances = instance.points, instance.distances
    explicit = _weights(distances) == "EXPLICIT"
    if points is None:
        return ""
    if isinstance(distances, PointDistances) and not explicit:
        if np.array_equal(points, distances.points):
            return ""
    elif points.shape == (distances.n, 3):
        return "NODE_COORD_SECTION"
    if points.shape == (distances.n, 2):
        return "DISPLAY_DATA_SECTION"
    raise ValueError(f"points must have shape ({distances.n}, 2), got {points.shape}")


def _specification(instance: TSPLIBInstance) -> Iterator[str]:
    weights, picture = _weights(instance.distances), _picture(instance)
    yield f"EDGE_WEIGHT_TYPE : {weights}"
    if weights == "EXPLICIT":
        yield "EDGE_WEIGHT_FORMAT : FULL_MATRIX"
    if picture == "NODE_COORD_SECTION":
        yield "NODE_COORD_TYPE : THREED_COORDS"
    shown = "TWOD_DISPLAY" if picture == "DISPLAY_DATA_SECTION" else "COORD_DISPLAY"
    yield f"DISPLAY_DATA_TYPE : {shown if instance.display else 'NO_DISPLAY'}"


def _data(instance: TSPLIBInstance) -> Iterator[str]:
    distances, picture = instance.distances, _picture(instance)
    if isinstance(distances, PointDistances) and _weights(distances) != "EXPLICIT":
        yield "NODE_COORD_SECTION"
        yield from _rows(distances.points)
    else:
        yield "EDGE_WEIGHT_SECTION"
        yield from _matrix_rows(distances)
    if instance.points is not None and picture:
        yield picture
        yield from _rows(instance.points)
    if instance.fixed:
        yield "FIXED_EDGES_SECTION"
        yield from (f"{a + 1} {b + 1}" for a, b in instance.fixed)
        yield "-1"


def _rows(points: Floats) -> Iterator[str]:
    for number, row in enumerate(points.tolist(), 1):
        yield " ".join([str(number), *map(number_text, row)])


def _matrix_rows(distances: Distances) -> Iterator[str]:
    others = np.arange(distances.n)
    for city in range(distances.n):
        yield " ".join(map(number_text, distances(city, others).tolist()))


def _write(path: Any, lines: Iterable[str]) -> None:
    if hasattr(path, "write"):
        path.writelines(f"{line}\n" for line in lines)
    else:
        with replacing(path) as whole, whole.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
