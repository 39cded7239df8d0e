"""Matrices in MatrixMarket's files."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
from scipy import io as scipy_io
from scipy import sparse

MARK = "%%MatrixMarket"
MOST = 10**7
_SIZE = re.compile(r"(?m)^\s*(\d{1,15})\s+(\d{1,15})")


def read_matrix(text: str, name: str) -> sparse.csr_array[Any]:
    r"""Read a real square matrix; of a symmetric one, both triangles.

    Raises
    ------
    ValueError
        Where it is damaged, complex, not square, empty, or has more than 10⁷ rows.

    References
    ----------
    Boisvert, Pozo & Remington, "The Matrix Market exchange formats", NISTIR 5935, 1996.

    Examples
    --------
    >>> text = "%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 3\n2 1 4\n"
    >>> read_matrix(text, "two").toarray().tolist()
    [[3.0, 4.0], [4.0, 0.0]]
    """
    found = _SIZE.search(text)
    sizes = [int(size) for size in found.groups()] if found else [0]
    if len(set(sizes)) != 1 or not 1 <= sizes[0] <= MOST:
        raise ValueError(f"{name}: expected a square matrix of 1 … {MOST} rows")
    try:
        read: Any = scipy_io.mmread(io.BytesIO(text.encode()))
        matrix = sparse.csr_array(read)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{name}: expected a matrix in MatrixMarket's format; {error}") from None
    if np.iscomplexobj(matrix):
        raise ValueError(f"{name}: expected real numbers; got complex ones")
    return matrix.astype(float)
