"""Instances and tours from TSPLIB's files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from problems.tours.distances import TSPLIB_METRICS, Distances, MatrixDistances, PointDistances
from problems.tours.tsplib.sections import (
    EARLY_KEYWORDS,
    KEYWORDS,
    File,
    Floats,
    Source,
    Table,
    TSPLIBError,
    number_text,
    parse,
)

_SECTIONS = (
    "NODE_COORD_SECTION",
    "EDGE_WEIGHT_SECTION",
    "DISPLAY_DATA_SECTION",
    "FIXED_EDGES_SECTION",
    "TOUR_SECTION",
)
_ALIASES = {"EXACT_2D": "euclidean", "EXACT_3D": "euclidean"}
"""Types of LKH that are a metric of another name."""

_MOST_NODES = 20_000
_COORDINATES = {"TWOD_COORDS": 2, "THREED_COORDS": 3, "NO_COORDS": 0}
_DISPLAYS = ("COORD_DISPLAY", "TWOD_DISPLAY", "NO_DISPLAY")
_TRIANGLES = {
    "UPPER_ROW": ("upper", 1),
    "LOWER_COL": ("upper", 1),
    "LOWER_ROW": ("lower", 1),
    "UPPER_COL": ("lower", 1),
    "UPPER_DIAG_ROW": ("upper", 0),
    "LOWER_DIAG_COL": ("upper", 0),
    "LOWER_DIAG_ROW": ("lower", 0),
    "UPPER_DIAG_COL": ("lower", 0),
}
"""Format -> the half that its numbers fill row by row, and the first diagonal that it holds."""


@dataclass(frozen=True, eq=False)
class TSPLIBInstance:
    """A travelling salesman problem as TSPLIB describes it.

    Attributes
    ----------
    name, comment : str
        As in the file; a comment of several lines keeps its line breaks.
    kind : str
        ``"TSP"`` (symmetric), ``"ATSP"``, ``"HPP"`` (an open path), or ``"HCP"`` (a graph: edges
        are 1 long, and others infinite).
    distances : Distances
        Between the cities 0 … n − 1, which the file numbers 1 … n.
    points : array, shape (n, 2) or (n, 3), or None
        The file's DISPLAY_DATA_SECTION, or else its NODE_COORD_SECTION, as written.
    display : bool
        Whether there are points and the file lets them be drawn.
    edge_weight_type, edge_weight_format : str
        TSPLIB's names; the format of weights that come from coordinates is ``"FUNCTION"``.
    fixed : tuple of pairs of int
        Edges that every tour must take, in the numbers 0 … n − 1.
    first : int
        The number of the first city in the file: 1, or 0 in files that count from 0.
    tour : array of int, or None
        The file's TOUR_SECTION, a solution to begin with, in the numbers 0 … n − 1.

    Examples
    --------
    >>> from io import StringIO
    >>> from problems.tours import PointDistances, write_tsplib
    >>> file = StringIO()
    >>> write_tsplib(PointDistances([[0, 0], [3, 4]], "EUC_2D"), file, name="two")
    >>> _ = file.seek(0)
    >>> instance = read_tsplib(file)
    >>> instance.name, instance.kind, instance.distances.n
    ('two', 'TSP', 2)
    """

    name: str
    kind: str
    comment: str
    distances: Distances
    points: Floats | None
    display: bool
    edge_weight_type: str
    edge_weight_format: str
    fixed: tuple[tuple[int, int], ...] = ()
    first: int = 1
    tour: NDArray[np.intp] | None = None


def read_tsplib(source: Source) -> TSPLIBInstance:
    """Read an instance: every EDGE_WEIGHT_TYPE and EDGE_WEIGHT_FORMAT of TSPLIB but XRAY, SPECIAL.

    LKH's EXACT_2D and EXACT_3D (not rounded), FLOOR_2D and FLOOR_3D, and Concorde's GEOM (metres,
    of degrees in decimals) are read as well, and cities that are numbered from 0. Keywords that
    are not known are passed over with a `FileNote`; `problems.shared.text` tells of encodings.

    Parameters
    ----------
    source : path or open text file
        Read to its end; an open file is not closed.

    Raises
    ------
    TSPLIBError
        If the text is not a TSP, ATSP or HPP instance, is damaged, or has a part that would be lost
        (TIME_WINDOW_SECTION for one). The message names the file, the keyword and the fault.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import io
    >>> text = '''NAME : three
    ... TYPE : TSP
    ... DIMENSION : 3
    ... EDGE_WEIGHT_TYPE : EUC_2D
    ... NODE_COORD_SECTION
    ... 1 0 0
    ... 2 3 4
    ... 3 3 0
    ... EOF'''
    >>> read_tsplib(io.StringIO(text)).distances.tour_length([0, 1, 2])
    12.0
    """
    return instance_of(parse(source))


def instance_of(file: File) -> TSPLIBInstance:
    """Return the instance that a header and sections describe; see `read_tsplib`."""
    kind = file.choice("TYPE", ("TSP", "ATSP", "HPP", "HCP"))
    if kind == "HCP":
        return _hamiltonian(file)
    file.refuse_others([word for word in KEYWORDS if word != "EDGE_DATA_FORMAT"], _SECTIONS)
    n = file.dimension()
    weights = file.choice("EDGE_WEIGHT_TYPE", (*TSPLIB_METRICS, *_ALIASES, "EXPLICIT"))
    nodes = _nodes(file, n, weights)
    display = file.choice("DISPLAY_DATA_TYPE", _DISPLAYS, default="COORD_DISPLAY")
    points = file.table("DISPLAY_DATA_SECTION", n, 2) if _pictured(file) else nodes
    distances, layout = _distances(file, n, weights, None if nodes is None else nodes.values)
    if kind == "TSP" and not distances.symmetric:
        raise file.fault("TYPE: a TSP needs symmetric weights, got an asymmetric matrix (ATSP)")
    first = 1 if points is None else points.first
    return TSPLIBInstance(
        name=file.header.get("NAME", file.stem),
        kind=kind,
        comment=file.header.get("COMMENT", ""),
        distances=distances,
        points=None if points is None else points.values,
        display=points is not None and display != "NO_DISPLAY",
        edge_weight_type=weights,
        edge_weight_format=layout,
        fixed=_fixed(file, n, first),
        first=first,
        tour=_tour(file, n) if "TOUR_SECTION" in file.sections else None,
    )


def _hamiltonian(file: File) -> TSPLIBInstance:
    """Return a graph as distances: 1 along an edge, infinite where there is none."""
    known = ("EDGE_DATA_SECTION", "DISPLAY_DATA_SECTION", "FIXED_EDGES_SECTION", "TOUR_SECTION")
    file.refuse_others(KEYWORDS, known)
    n, layout = file.dimension(), file.choice("EDGE_DATA_FORMAT", ("EDGE_LIST", "ADJ_LIST"))
    if n > _MOST_NODES:
        raise file.fault(f"DIMENSION: expected at most {_MOST_NODES} nodes of a graph, got {n}")
    ways = np.full((n, n), np.inf)
    edges = np.array(file.links("EDGE_DATA_SECTION", n, layout), dtype=np.intp).reshape(-1, 2)
    ways[edges.T[0], edges.T[1]] = ways[edges.T[1], edges.T[0]] = 1
    display = file.table("DISPLAY_DATA_SECTION", n, 2) if _pictured(file) else None
    points = None if display is None else display.values
    return TSPLIBInstance(
        name=file.header.get("NAME", file.stem),
        kind="HCP",
        comment=file.header.get("COMMENT", ""),
        distances=MatrixDistances(ways),
        points=points,
        display=_pictured(file),
        edge_weight_type="EXPLICIT",
        edge_weight_format=layout,
        fixed=_fixed(file, n, 1),
        tour=_tour(file, n) if "TOUR_SECTION" in file.sections else None,
    )


def _pictured(file: File) -> bool:
    return "DISPLAY_DATA_SECTION" in file.sections


def read_tour(source: Source, n: int | None = None) -> NDArray[np.intp]:
    r"""Read a TOUR file as a permutation of range(n); the file numbers its cities 1 … n, or from 0.

    Of other files, such as an instance, the TOUR_SECTION is read.

    Parameters
    ----------
    source : path or open text file
        Read to its end; an open file is not closed.
    n : int, optional
        How many cities there must be; by default the file's DIMENSION, or else as many as come.

    Raises
    ------
    TSPLIBError
        If the text is not one tour that visits every city once.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import io
    >>> read_tour(io.StringIO("TYPE : TOUR\nTOUR_SECTION\n2 3 1 -1\nEOF"))
    array([1, 2, 0])
    """
    file = parse(source)
    if "TOUR_SECTION" not in file.sections:
        file.choice("TYPE", ("TOUR",), default="TOUR")
    elif file.header.get("TYPE", "TOUR").upper() == "TOUR":
        file.refuse_others(EARLY_KEYWORDS, ("TOUR_SECTION",))
    return _tour(file, n)


def _tour(file: File, n: int | None) -> NDArray[np.intp]:
    """Return the file's one tour; see `read_tour`."""
    tokens = file.tokens("TOUR_SECTION")
    end = tokens.index("-1") if "-1" in tokens else len(tokens)
    if set(tokens[end:]) - {"-1"}:
        raise file.fault("TOUR_SECTION: expected one tour, got more numbers after its -1")
    del tokens[end:]
    stated = file.dimension() if "DIMENSION" in file.header else len(tokens)
    if n is not None and stated != n:
        raise file.fault(f"TOUR_SECTION: expected a tour of {n} cities, got {stated}")
    cities = file.numbers("TOUR_SECTION", stated, "a city each")
    first = file.check_ids("TOUR_SECTION", cities)
    return (cities - first).astype(np.intp)


def _fixed(file: File, n: int, first: int) -> tuple[tuple[int, int], ...]:
    section = "FIXED_EDGES_SECTION"
    if section not in file.sections:
        return ()
    tokens = file.tokens(section)
    if "-1" in tokens:
        if tokens.index("-1") != len(tokens) - 1:
            raise file.fault(f"{section}: expected nothing after its -1, got more numbers")
        tokens.pop()
    if len(tokens) % 2:
        raise file.fault(f"{section}: expected pairs of cities, got {len(tokens)} numbers")
    cities = file.numbers(section, len(tokens), "two cities an edge")
    last = first + n - 1
    outside = (cities < first) | (cities > last) | (cities != np.floor(cities))
    for k in np.flatnonzero(outside)[:1]:
        got = number_text(cities[k])
        raise file.fault(f"{section}: expected cities in {first} … {last}, got {got}")
    pairs = (cities.reshape(-1, 2) - first).astype(int).tolist()
    return tuple((a, b) for a, b in pairs)


def _nodes(file: File, n: int, weights: str) -> Table | None:
    width = 3 if weights.endswith("3D") else 2
    if "NODE_COORD_TYPE" in file.header:
        declared = file.choice("NODE_COORD_TYPE", tuple(_COORDINATES))
        if weights != "EXPLICIT" and _COORDINATES[declared] != width:
            raise file.fault(
                f"NODE_COORD_TYPE: {weights} needs {width} coordinates, got {declared}"
            )
        width = _COORDINATES[declared]
    if weights == "EXPLICIT" and "NODE_COORD_SECTION" not in file.sections:
        return None
    return file.table("NODE_COORD_SECTION", n, width)


def _distances(file: File, n: int, weights: str, nodes: Floats | None) -> tuple[Distances, str]:
    try:
        if nodes is None or weights == "EXPLICIT":
            layout = file.choice("EDGE_WEIGHT_FORMAT", ("FULL_MATRIX", *_TRIANGLES))
            return MatrixDistances(_explicit(file, n, layout)), layout
        layout = file.choice("EDGE_WEIGHT_FORMAT", ("FUNCTION",), default="FUNCTION")
        if "EDGE_WEIGHT_SECTION" in file.sections:
            raise file.fault(f"EDGE_WEIGHT_SECTION: expected none beside {weights}, got one")
        return PointDistances(nodes, _ALIASES.get(weights, weights)), layout
    except TSPLIBError:
        raise
    except ValueError as error:
        section = "EDGE_WEIGHT_SECTION" if weights == "EXPLICIT" else "NODE_COORD_SECTION"
        raise file.fault(f"{section}: {error}") from None


def _explicit(file: File, n: int, layout: str) -> Floats:
    section = "EDGE_WEIGHT_SECTION"
    if layout == "FULL_MATRIX":
        return file.numbers(section, n * n, f"{layout} of {n} cities").reshape(n, n)
    half, first = _TRIANGLES[layout]
    count = n * (n + 1) // 2 - first * n
    values = file.numbers(section, count, f"{layout} of {n} cities")
    below = np.tri(n, k=-first, dtype=np.bool_)
    matrix = np.zeros((n, n))
    matrix[below if half == "lower" else below.T] = values
    return matrix + matrix.T
