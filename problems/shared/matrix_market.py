"""Matrices in MatrixMarket's files."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from problems.shared.files import check_size, numbers
from problems.shared.text import rows

MARK = "%%matrixmarket"
MOST = 10**7
MOST_DENSE = 20_000
SIGNS = {"general": 0, "symmetric": 1, "skew-symmetric": -1}

Line = tuple[int, str]


def is_matrix(text: str) -> bool:
    """Whether a text begins as MatrixMarket's files do, in letters of either case."""
    return text[: len(MARK)].lower() == MARK


def read_matrix(text: str, name: str) -> sparse.csr_array[Any]:
    r"""Read a real square matrix; of a symmetric one, both triangles.

    Raises
    ------
    ValueError
        Where it is damaged, complex, not square, empty, or has more than 10⁷ rows, 20,000 of a
        dense one; the message names the line.

    References
    ----------
    Boisvert, Pozo & Remington, "The Matrix Market exchange formats", NISTIR 5935, 1996.

    Examples
    --------
    >>> text = "%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 3\n2 1 4\n"
    >>> read_matrix(text, "two").toarray().tolist()
    [[3.0, 4.0], [4.0, 0.0]]
    """
    kinds = text.split("\n", 1)[0].lower().split()[1:]
    lines = list(rows(text))
    if len(kinds) != 4 or kinds[0] != "matrix" or kinds[3] not in SIGNS or not lines:
        raise ValueError(f"{name}: expected a real matrix in MatrixMarket's format, and its size")
    if kinds[2] not in ("real", "integer", "pattern", "double"):
        raise ValueError(f"{name}: expected real numbers; got {kinds[2][:40]!r}")
    (k, size), *entries = lines
    listed = kinds[1] == "coordinate"
    n, m, *count = numbers(size, 3 if listed else 2, f"{name}, line {k}")
    check_size(max(n, m), "row", MOST if listed else MOST_DENSE, f"{name}, line {k}")
    if n != m or n != int(n) or n < 1:
        raise ValueError(f"{name}, line {k}: expected a square matrix; got {size!r}")
    if listed and count[0] != len(entries):
        raise ValueError(f"{name}: expected {count[0]:.0f} entries; got {len(entries)}")
    sign = SIGNS[kinds[3]]
    place = _listed if listed else _dense
    i, j, values = place(entries, int(n), sign, kinds[2] == "pattern", name)
    A = sparse.csr_array((values, (i, j)), shape=(int(n), int(n)))
    off = A - sparse.diags_array(A.diagonal())
    return sparse.csr_array(A + sign * off.T) if sign else A


def _listed(lines: list[Line], n: int, sign: int, pattern: bool, name: str) -> tuple[Any, Any, Any]:
    """Return the places and values of lines ``i j [value]``."""
    table = np.ones((len(lines), 3))
    width = 2 if pattern else 3
    for row, (k, line) in enumerate(lines):
        table[row, :width] = numbers(line, width, f"{name}, line {k}")
    ends = table[:, :2]
    bad = ((ends < 1) | (ends > n) | (ends != np.floor(ends))).any(axis=1)
    for row in np.flatnonzero(bad)[:1]:
        k, line = lines[row]
        raise ValueError(f"{name}, line {k}: expected a row and column in 1 … {n}; got {line!r}")
    i, j = (ends.T - 1).astype(np.intp)
    return i, j, table[:, 2]


def _dense(lines: list[Line], n: int, sign: int, _: bool, name: str) -> tuple[Any, Any, Any]:
    """Return the places and values of all numbers, column after column, or their lower triangle."""
    j, i = np.triu_indices(n, sign < 0) if sign else np.divmod(np.arange(n * n), n)
    words = [word for _, line in lines for word in line.split()]
    return i, j, np.array(numbers(" ".join(words), len(i), name))
