"""TSPLIB's files: read instances and tours, and write them.

Distances are rounded as TSPLIB rounds them. Whatever a file asks for and cannot get, such as time
windows, is refused by name rather than dropped.

References
----------
Reinelt, G. (1991). TSPLIB—A traveling salesman problem library. ORSA Journal on Computing 3.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, filterfalse
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from problems.tsp.distances import (
    TSPLIB_METRICS,
    Distances,
    MatrixDistances,
    PointDistances,
    as_tour,
)
from problems.tsp.unsupported import pointer

__all__ = ["Instance", "TSPLIBError", "read_tour", "read_tsplib", "write_tour", "write_tsplib"]

Floats = NDArray[np.float64]
Source = str | os.PathLike[str] | IO[str]

_EARLY_KEYWORDS = ("NAME", "TYPE", "COMMENT", "DIMENSION")
_KEYWORDS = (
    *_EARLY_KEYWORDS,
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE",
)
_SECTIONS = (
    "NODE_COORD_SECTION",
    "EDGE_WEIGHT_SECTION",
    "DISPLAY_DATA_SECTION",
    "FIXED_EDGES_SECTION",
)
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

_LINE = re.compile(r"([A-Za-z]\w*)\s*(:?)\s*(.*)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = ("NAN", "INF", "INFINITY")


class TSPLIBError(ValueError):
    """A file that is not TSPLIB, is damaged, or asks for what cannot be carried."""


@dataclass(frozen=True, eq=False)
class Instance:
    """A travelling salesman problem as TSPLIB describes it.

    Attributes
    ----------
    name, comment : str
        As in the file; a comment of several lines keeps its line breaks.
    kind : str
        ``"TSP"`` (symmetric), ``"ATSP"``, or ``"HPP"`` (an open path).
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


def read_tsplib(source: Source) -> Instance:
    """Read an instance: every EDGE_WEIGHT_TYPE and EDGE_WEIGHT_FORMAT of TSPLIB but XRAY, SPECIAL.

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
    file = _parse(source)
    kind = file.choice("TYPE", ("TSP", "ATSP", "HPP"))
    file.refuse_others(_KEYWORDS, _SECTIONS)
    n = file.dimension()
    weights = file.choice("EDGE_WEIGHT_TYPE", (*TSPLIB_METRICS, "EXPLICIT"))
    nodes = _nodes(file, n, weights)
    display = file.choice("DISPLAY_DATA_TYPE", _DISPLAYS, default="COORD_DISPLAY")
    pictured = display == "TWOD_DISPLAY" or "DISPLAY_DATA_SECTION" in file.sections
    points = file.table("DISPLAY_DATA_SECTION", n, 2) if pictured else nodes
    distances, layout = _distances(file, n, weights, nodes)
    if kind == "TSP" and not distances.symmetric:
        raise file.fault("TYPE: a TSP needs symmetric weights, got an asymmetric matrix (ATSP)")
    return Instance(
        name=file.header.get("NAME", file.stem),
        kind=kind,
        comment=file.header.get("COMMENT", ""),
        distances=distances,
        points=points,
        display=points is not None and display != "NO_DISPLAY",
        edge_weight_type=weights,
        edge_weight_format=layout,
        fixed=_fixed(file, n),
    )


def read_tour(source: Source, n: int | None = None) -> NDArray[np.intp]:
    r"""Read a TOUR file as a permutation of range(n); the file numbers its cities 1 … n.

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
    file = _parse(source)
    file.choice("TYPE", ("TOUR",), default="TOUR")
    file.refuse_others(_EARLY_KEYWORDS, ("TOUR_SECTION",))
    tokens = file.tokens("TOUR_SECTION")
    end = tokens.index("-1") if "-1" in tokens else len(tokens)
    if set(tokens[end:]) - {"-1"}:
        raise file.fault("TOUR_SECTION: expected one tour, got more numbers after its -1")
    del tokens[end:]
    stated = file.dimension() if "DIMENSION" in file.header else len(tokens)
    if n is not None and stated != n:
        raise file.fault(f"TOUR_SECTION: expected a tour of {n} cities, got {stated}")
    cities = file.numbers("TOUR_SECTION", stated, "a city each")
    file.check_ids("TOUR_SECTION", cities)
    return (cities - 1).astype(np.intp)


def write_tsplib(
    problem: Distances | Instance,
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
    problem : Distances or Instance
        An Instance keeps its name, comment, points and kind.
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
    """
    instance = problem if isinstance(problem, Instance) else _described(problem, _stem(path))
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
        comment = "\n".join([*filter(None, [comment]), f"Length {_text(length)}"])
    lines = _header(_stem(path) if name is None else name, comment, "TOUR", len(tour))
    _write(path, [*lines, "TOUR_SECTION", *map(str, (tour + 1).tolist()), "-1", "EOF"])


@dataclass(frozen=True)
class _File:
    label: str
    stem: str
    header: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)

    def fault(self, message: str) -> TSPLIBError:
        return TSPLIBError(f"{self.label}: {message}")

    def refuse_others(self, keywords: Sequence[str], sections: Sequence[str]) -> None:
        known = (*keywords, *sections)
        for word in [*self.sections, *self.header]:
            if word not in known:
                message = f"{word} cannot be carried: expected only {', '.join(known)}"
                raise self.fault(message + _hint(word))

    def choice(self, keyword: str, choices: Sequence[str], default: str | None = None) -> str:
        if keyword not in self.header and default is not None:
            return default
        expected = f"expected {' or '.join(choices)}"
        if keyword not in self.header:
            raise self.fault(f"{keyword} is missing: {expected}")
        value = self.header[keyword]
        word = value.upper().split()[:1]
        if word and word[0] in choices:
            return word[0]
        raise self.fault(f"{keyword}: {expected}, got {value!r}{_hint(value)}")

    def dimension(self) -> int:
        if "DIMENSION" not in self.header:
            raise self.fault("DIMENSION is missing: expected the number of cities")
        value = self.header["DIMENSION"]
        if not re.fullmatch(r"0*[1-9][0-9]{0,11}", value):
            raise self.fault(f"DIMENSION: expected a positive integer, got {value[:40]!r}")
        return int(value)

    def tokens(self, section: str) -> list[str]:
        if section not in self.sections:
            raise self.fault(f"{section} is missing")
        return self.sections[section]

    def numbers(self, section: str, count: int, meaning: str) -> Floats:
        tokens = self.tokens(section)
        for token in filterfalse(_NUMBER.fullmatch, tokens):
            raise self.fault(f"{section}: expected finite numbers, got {token[:40]!r}")
        if len(tokens) != count:
            raise self.fault(f"{section}: expected {count} numbers ({meaning}), got {len(tokens)}")
        values = np.array([float(token) for token in tokens])
        for k in np.flatnonzero(~np.isfinite(values))[:1]:
            raise self.fault(f"{section}: expected finite numbers, got {tokens[k][:40]!r}")
        return values

    def check_ids(self, section: str, ids: Floats) -> None:
        due = np.arange(1, len(ids) + 1)
        ranked = np.sort(ids)
        for k in np.flatnonzero(ranked != due)[:1]:
            raise self.fault(
                f"{section}: expected each of 1 … {len(ids)} once, "
                f"got {_text(ranked[k])} in place of {due[k]} (in sorted order)"
            )

    def table(self, section: str, n: int, width: int) -> Floats:
        meaning = f"for each of {n} cities its number and {width} coordinates"
        rows = self.numbers(section, n * (1 + width), meaning).reshape(n, 1 + width)
        self.check_ids(section, rows[:, 0])
        result = rows[np.argsort(rows[:, 0]), 1:]
        result.setflags(write=False)
        return result


def _hint(word: str) -> str:
    elsewhere = pointer(word)
    return f"; {elsewhere}" if elsewhere else ""


def _fixed(file: _File, n: int) -> tuple[tuple[int, int], ...]:
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
    for k in np.flatnonzero((cities < 1) | (cities > n) | (cities != np.floor(cities)))[:1]:
        raise file.fault(f"{section}: expected cities in 1 … {n}, got {_text(cities[k])}")
    pairs = (cities.reshape(-1, 2) - 1).astype(int).tolist()
    return tuple((a, b) for a, b in pairs)


def _stem(source: Source) -> str:
    return Path(source).stem if isinstance(source, str | os.PathLike) else ""


def _parse(source: Source) -> _File:
    label, text = _read(source)
    file = _File(label, _stem(source))
    section: list[str] | None = None
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        match = _LINE.fullmatch(line)
        word = match[1].upper() if match else ""
        if match is None or word in _NOT_FINITE:
            if section is None and line:
                raise file.fault(f"line {number}: expected 'KEYWORD : value', got {line[:40]!r}")
            if section is not None:
                section.extend(line.split())
        elif word == "EOF":
            break
        elif (word in file.header and word != "COMMENT") or word in file.sections:
            raise file.fault(f"{word} comes twice (line {number}): expected it once")
        elif word.endswith("_SECTION"):
            section = file.sections.setdefault(word, match[3].split())
        elif match[2] or word in _KEYWORDS:
            section = None
            before = [file.header[word]] if word in file.header else []
            file.header[word] = "\n".join([*before, match[3]])
        else:
            raise file.fault(f"line {number}: expected 'KEYWORD : value', got {line[:40]!r}")
    return file


def _read(source: Any) -> tuple[str, str]:
    if isinstance(source, str | os.PathLike):
        label, data = os.fspath(source), Path(source).read_bytes()
    elif hasattr(source, "read"):
        label = str(getattr(source, "name", "<text>"))
        try:
            data = source.read()
        except UnicodeDecodeError as error:
            raise TSPLIBError(f"{label}: expected text, got {error}") from None
    else:
        raise TypeError(f"source must be a path or an open file, got {type(source).__name__}")
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise TSPLIBError(f"{label}: expected UTF-8 text, got {error}") from None
    if "\0" in text:
        raise TSPLIBError(f"{label}: expected text, got binary data")
    if not text.strip():
        raise TSPLIBError(f"{label}: expected a TSPLIB file, got an empty one")
    return label, text.replace("\r\n", "\n").replace("\r", "\n")


def _nodes(file: _File, n: int, weights: str) -> Floats | None:
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


def _distances(file: _File, n: int, weights: str, nodes: Floats | None) -> tuple[Distances, str]:
    try:
        if nodes is None or weights == "EXPLICIT":
            layout = file.choice("EDGE_WEIGHT_FORMAT", ("FULL_MATRIX", *_TRIANGLES))
            return MatrixDistances(_explicit(file, n, layout)), layout
        layout = file.choice("EDGE_WEIGHT_FORMAT", ("FUNCTION",), default="FUNCTION")
        if "EDGE_WEIGHT_SECTION" in file.sections:
            raise file.fault(f"EDGE_WEIGHT_SECTION: expected none beside {weights}, got one")
        return PointDistances(nodes, weights), layout
    except TSPLIBError:
        raise
    except ValueError as error:
        section = "EDGE_WEIGHT_SECTION" if weights == "EXPLICIT" else "NODE_COORD_SECTION"
        raise file.fault(f"{section}: {error}") from None


def _explicit(file: _File, n: int, layout: str) -> Floats:
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


def _described(distances: Any, name: str) -> Instance:
    if not isinstance(distances, Distances):
        raise TypeError(f"problem must be Distances or Instance, got {type(distances).__name__}")
    kind = "TSP" if distances.symmetric else "ATSP"
    weights = _weights(distances)
    if isinstance(distances, PointDistances) and weights != "EXPLICIT":
        return Instance(name, kind, "", distances, distances.points, True, weights, "FUNCTION")
    points = distances.coordinates
    planar = points if points is not None and points.shape[1] == 2 else None
    return Instance(name, kind, "", distances, planar, planar is not None, weights, "FULL_MATRIX")


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


def _picture(instance: Instance) -> str:
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


def _specification(instance: Instance) -> Iterator[str]:
    weights, picture = _weights(instance.distances), _picture(instance)
    yield f"EDGE_WEIGHT_TYPE : {weights}"
    if weights == "EXPLICIT":
        yield "EDGE_WEIGHT_FORMAT : FULL_MATRIX"
    if picture == "NODE_COORD_SECTION":
        yield "NODE_COORD_TYPE : THREED_COORDS"
    shown = "TWOD_DISPLAY" if picture == "DISPLAY_DATA_SECTION" else "COORD_DISPLAY"
    yield f"DISPLAY_DATA_TYPE : {shown if instance.display else 'NO_DISPLAY'}"


def _data(instance: Instance) -> Iterator[str]:
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
        yield " ".join([str(number), *map(_text, row)])


def _matrix_rows(distances: Distances) -> Iterator[str]:
    others = np.arange(distances.n)
    for city in range(distances.n):
        yield " ".join(map(_text, distances(city, others).tolist()))


def _text(value: float) -> str:
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _write(path: Any, lines: Iterable[str]) -> None:
    if hasattr(path, "write"):
        path.writelines(f"{line}\n" for line in lines)
    else:
        with Path(path).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
