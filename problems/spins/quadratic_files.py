"""Quadratic forms of bits or spins in files of other programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from hopopt.solve import Sense
from problems.shared.files import check_size, numbers
from problems.shared.graphs import triples
from problems.shared.matrix_market import is_matrix, read_matrix
from problems.shared.text import rows

MOST_VARIABLES = 10**7
QPLIB = re.compile(r"[LDCQ][CBMIG][NBLDCQ]")
_VARTYPE = re.compile(r"\s*#\s*vartype\s*=\s*(\w+)", re.IGNORECASE)

Line = tuple[int, str]


class Form(NamedTuple):
    """xᵀQx + constant of bits, with the file's numbers of its variables."""

    Q: sparse.csr_array[Any]
    variables: Sequence[int]
    sense: Sense = "min"
    constant: float = 0.0


def read_quadratic(text: str, name: str, suffix: str = "", number: int = 1) -> Form:
    r"""Read a quadratic form; each format has its own sense.

    - qbsolv (.qubo), to be minimised: ``p qubo 0 n nodes couplers``, then ``i j value``, from 0.
    - Biq Mac (.sparse), to be minimised; OR-Library and MQLib (any other suffix), to be maximised:
      ``n m``, then m lines ``i j value``, from 1. The matrix is symmetric, so that the value of a
      pair counts twice. OR-Library's files say first how many forms follow.
    - COO, as dimod writes it, to be minimised: lines ``i j value``, from 0, of bits, or of spins
      under ``# vartype=SPIN``.
    - MatrixMarket (.mtx), to be minimised: the matrix Q.
    - QPLIB (.qplib) of class QBN: ½·xᵀQx + bᵀx + q, the sense as stated.

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.
    suffix : str, default ""
        Of the file.
    number : int, default 1
        Which of several forms in one file, counted from 1.

    Raises
    ------
    ValueError
        Where the text is empty, truncated, or something else; the message names the line.

    References
    ----------
    Wiegele, "Biq Mac Library", 2007. Beasley, "OR-Library", 1990. Furini et al., "QPLIB", 2019.

    Examples
    --------
    >>> read_quadratic("2 2\n1 1 5\n1 2 -6\n", "two").Q.toarray().tolist()
    [[5.0, -6.0], [-6.0, 0.0]]
    """
    if is_matrix(text):
        Q = read_matrix(text, name)
        return Form(Q, range(1, Q.shape[0] + 1))
    lines = list(rows(text))
    if lines and lines[0][1].isdecimal():
        lines = _one_of(lines, number, name)
    elif number != 1:
        raise ValueError(f"{name}: expected number=1, for the file holds one form; got {number}")
    if lines and lines[0][1].split()[0] == "p":
        return Form(*_qbsolv(lines, name))
    stated = [line for line in map(_without_remark, lines) if line[1]]
    if len(stated) > 1 and QPLIB.fullmatch(stated[1][1].upper()):
        return _qplib(stated, name)
    if not lines:
        raise ValueError(f"{name}: expected a quadratic form; got an empty file")
    vartype = next((found[1] for found in map(_VARTYPE.match, text.split("\n")) if found), "")
    if vartype or len(lines[0][1].split()) == 3:
        return _coo(lines, vartype.upper() == "SPIN", name)
    return _biq_mac(lines, "min" if suffix == ".sparse" else "max", name)


def _one_of(lines: list[Line], number: int, name: str) -> list[Line]:
    """Return the lines of one form of several, each ``n m`` and m lines."""
    count, place = int(lines[0][1]), 1
    if not 1 <= number <= count:
        raise ValueError(f"{name}: expected number in 1 … {count}, its forms; got {number}")
    for k in range(1, number + 1):
        if place >= len(lines):
            raise ValueError(f"{name}: expected {count} forms; got {k - 1}")
        line, header = lines[place]
        m = numbers(header, 2, f"{name}, line {line}")[1]
        first, place = place, place + 1 + int(max(0, m))
    return lines[first:place]


def _matrix(size: int, table: Any, first: int) -> sparse.csr_array[Any]:
    i, j = (table[:, :2].T - first).astype(np.intp)
    return sparse.csr_array((table[:, 2], (i, j)), shape=(size, size))


def _qbsolv(lines: list[Line], name: str) -> tuple[sparse.csr_array[Any], range]:
    """Return the matrix of qbsolv's format, and its variables."""
    (k, header), *entries = lines
    words = header.split()
    try:
        size, nodes, couplers = map(int, words[3:6])
    except ValueError:
        size = nodes = couplers = -1
    check_size(size, "variable", MOST_VARIABLES, f"{name}, line {k}")
    if words[1:2] != ["qubo"] or len(words) != 6 or not 1 <= size <= MOST_VARIABLES:
        raise ValueError(f"{name}, line {k}: expected 'p qubo 0 n nodes couplers'; got {header!r}")
    table = _entries(entries, size, name)
    own = table[:, 0] == table[:, 1]
    found = (int(np.sum(own)), int(np.sum(~own)))
    if found != (nodes, couplers):
        raise ValueError(
            f"{name}: expected {nodes} nodes and {couplers} couplers; got {found[0]} and {found[1]}"
        )
    return _matrix(size, table, 0), range(size)


def _entries(lines: Sequence[Line], size: int, name: str) -> Any:
    """Return lines ``i j value``, from 0, as a table."""
    table = np.empty((len(lines), 3))
    for row, (k, line) in enumerate(lines):
        table[row] = numbers(line, 3, f"{name}, line {k}")
    ends = table[:, :2]
    bad = ((ends < 0) | (ends >= size) | (ends != np.floor(ends))).any(axis=1)
    for row in np.flatnonzero(bad)[:1]:
        k, line = lines[row]
        raise ValueError(f"{name}, line {k}: expected variables in 0 … {size - 1}; got {line!r}")
    return table


def _coo(lines: list[Line], spins: bool, name: str) -> Form:
    table = _entries(lines, MOST_VARIABLES, name)
    size = int(table[:, :2].max()) + 1
    Q = _matrix(size, table, 0)
    if not spins:
        return Form(Q, range(size))
    own = Q.diagonal()  # linear, and s = 2x − 1
    pairs = sparse.csr_array(Q - sparse.diags_array(own))
    linear = 2 * own - 2 * np.asarray(pairs.sum(0) + pairs.sum(1)).ravel()
    Q = sparse.csr_array(4 * pairs + sparse.diags_array(linear))
    return Form(Q, range(size), constant=float(pairs.sum() - own.sum()))


def _biq_mac(lines: list[Line], sense: Sense, name: str) -> Form:
    """Read ``n m`` and m entries of a symmetric matrix."""
    (k, header), *entries = lines
    n, m = numbers(header, 2, f"{name}, line {k}")
    check_size(n, "variable", MOST_VARIABLES, f"{name}, line {k}")
    if n != int(n) or m != len(entries) or not 1 <= n <= MOST_VARIABLES:
        raise ValueError(
            f"{name}, line {k}: expected the numbers of variables and entries; got {header!r} "
            f"before {len(entries)} lines"
        )
    table, first = triples(entries, int(n), name)
    Q = _matrix(int(n), table, first)
    lower, upper = sparse.tril(Q, -1).T, sparse.triu(Q, 1)
    if not abs(lower).multiply(abs(upper)).nnz:  # each pair once: the other half is its mirror
        Q = sparse.csr_array(Q + lower + upper.T)
    return Form(Q, range(first, first + int(n)), sense)


def _without_remark(line: Line) -> Line:
    """Return one of QPLIB's lines without the words behind its value."""
    number, text = line
    return number, re.split(r"[#!%]", text, maxsplit=1)[0].strip()


def _qplib(lines: list[Line], name: str) -> Form:
    """Read class QBN: a quadratic objective of binary variables without constraints."""
    kind = lines[1][1].upper()
    if kind not in ("QBN", "LBN", "CBN", "DBN"):
        raise ValueError(f"{name}: expected QPLIB's class QBN, free bits; got {kind}")
    left = iter(lines[2:])

    def words(count: int) -> list[str]:
        k, line = next(left, (lines[-1][0], ""))
        found = line.split()[:count]
        if len(found) != count:
            raise ValueError(f"{name}, line {k}: expected {count} words of QPLIB; got {line!r}")
        return found

    def value() -> float:
        return numbers(words(1)[0], 1, name)[0]

    sense = words(1)[0].lower()
    n = value()
    check_size(n, "variable", MOST_VARIABLES, name)
    if sense[:3] not in ("min", "max") or n != int(n) or not 1 <= n <= MOST_VARIABLES:
        raise ValueError(f"{name}: expected minimize or maximize, and the number of variables")
    count = int(value()) if kind != "LBN" else 0
    quadratic = [(k, " ".join(words(3))) for k in range(count)]
    linear = np.full(int(n), value())
    for _ in range(int(value())):
        i, b = words(2)
        where, number = numbers(f"{i} {b}", 2, name)
        if not 1 <= where <= n:
            raise ValueError(f"{name}: expected a variable in 1 … {n:g}; got {i}")
        linear[int(where) - 1] = number
    table, first = triples(quadratic, int(n), name)
    half = _matrix(int(n), table, first or 1)
    own = sparse.diags_array(half.diagonal() / 2)
    Q = sparse.csr_array(half - own + sparse.diags_array(linear))
    return Form(Q, range(1, int(n) + 1), "max" if sense[:3] == "max" else "min", value())
