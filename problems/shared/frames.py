"""Arrays as people have them: pandas frames, mappings, sparse matrices, one triangle alone."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from scipy import sparse

Labels = list[Hashable] | None


def unframed(matrix: Any, name: str) -> tuple[Any, Labels]:
    """Return a square matrix and the names of its rows, where a labelled frame gives them.

    The columns come in the order of the rows. Names that are the numbers 0, 1, … of a plain frame
    are none.

    Raises
    ------
    ValueError
        Where rows and columns have different names.

    Examples
    --------
    >>> unframed([[0, 1], [1, 0]], "matrix")
    ([[0, 1], [1, 0]], None)
    """
    if not _is_frame(matrix):
        return matrix, None
    rows, columns = list(matrix.index), list(matrix.columns)
    plain = list(range(len(rows)))
    if len(set(columns)) == len(columns) and set(rows) == set(columns):
        matrix = matrix.loc[:, matrix.index]
        return matrix.to_numpy(), None if rows == plain else rows
    if rows == plain or columns == list(range(len(columns))):
        return matrix.to_numpy(), columns if rows == plain else rows
    odd = next(
        label
        for label in [*rows, *columns]
        if (label in rows) != (label in columns) or rows.count(label) + columns.count(label) > 2
    )
    raise ValueError(
        f"{name} must have the same names for its rows and columns, each once; got {odd!r}"
    )


def keyed(values: Any) -> Any:
    """Return a pandas Series as a dict of its labels; others as they are.

    Examples
    --------
    >>> keyed([1, 2])
    [1, 2]
    """
    labelled = hasattr(values, "index") and hasattr(values, "items") and hasattr(values, "to_dict")
    return dict(values.items()) if labelled and not _is_frame(values) else values


def _is_frame(values: Any) -> bool:
    parts = ("index", "columns", "to_numpy", "loc")
    return all(hasattr(values, part) for part in parts)


def named_points(points: Any) -> tuple[Any, Labels]:
    """Return points and their names, where a mapping ``{name: (x, y)}`` or a frame gives them.

    Examples
    --------
    >>> named_points({"a": (0, 0), "b": (1, 2)})
    ([(0, 0), (1, 2)], ['a', 'b'])
    """
    if _is_frame(points):
        return points.to_numpy(), list(points.index) if points.index.is_unique else None
    if isinstance(points, Mapping) and not sparse.issparse(points):
        return list(points.values()), list(points)
    return points, None


def dense(matrix: Any) -> Any:
    """Return a sparse matrix as a dense array, 0 where it has no entry; others as they are."""
    whole = getattr(matrix, "toarray", None)
    return matrix if whole is None else whole()


def ways(matrix: Any, missing: float) -> Any:
    """Return a sparse matrix as a dense array with `missing` where it has no entry; others as is.

    Examples
    --------
    >>> ways(sparse.csr_array([[0, 2]]), np.inf)
    array([[inf,  2.]])
    """
    if not sparse.issparse(matrix):
        return matrix
    given: Any = matrix
    entries = sparse.coo_array(sparse.csr_array(given))
    result = np.full(entries.shape, missing)
    result[entries.coords] = entries.data
    return result


def unframed_costs(costs: Any, missing: float) -> tuple[Any, Labels]:
    """Return a matrix as `ways` does, and the names of its columns, where a frame gives them.

    Examples
    --------
    >>> unframed_costs([[1, 2]], np.inf)
    ([[1, 2]], None)
    """
    if not _is_frame(costs):
        return ways(costs, missing), None
    columns = list(costs.columns)
    return costs.to_numpy(), None if columns == list(range(len(columns))) else columns


def lone_triangle(matrix: Any) -> str:
    """Return which triangle of a square matrix holds all that is off its diagonal, if one does.

    Examples
    --------
    >>> lone_triangle(np.triu(np.ones((3, 3)))), lone_triangle(np.eye(3))
    ('upper', '')
    """
    if len(matrix.shape) != 2 or len(set(matrix.shape)) != 1 or matrix.shape[0] < 3:
        return ""
    part = sparse if sparse.issparse(matrix) else np
    lower, upper = part.tril(matrix, -1), part.triu(matrix, 1)
    below, above = (M.nnz if part is sparse else np.count_nonzero(M) for M in (lower, upper))
    return "upper" if above and not below else "lower" if below and not above else ""
