"""Programs in zero-one variables, solved by HiGHS in SciPy within the seconds that are left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["zero_one"]

LEAST_SECONDS, FOREVER = 1e-3, 1e9


def zero_one(
    costs: NDArray[np.float64],
    rows: Any,
    low: Any,
    high: Any,
    remaining: Callable[[], float],
    least: Any = 0,
) -> Any:
    """Minimise ⟨costs, x⟩ over x in {0, 1} with low ≤ rows·x ≤ high by branch and bound.

    Parameters
    ----------
    costs : array, shape (n,)
    rows : array or sparse array, shape (m, n)
    low, high : array_like, shape (m,)
    remaining : callable
        Returns the seconds that are left: asked once all is ready.
    least : array_like, default 0
        What each variable is at least.

    Returns
    -------
    scipy.optimize.OptimizeResult
        As `milp` returns it; its x is the best found, None where none was.

    References
    ----------
    Huangfu & Hall, "Parallelizing the dual revised simplex method", 2018 (HiGHS).

    Examples
    --------
    >>> import numpy as np
    >>> zero_one(-np.array([3.0, 4.0]), np.array([[2.0, 3.0]]), 0, 4, lambda: np.inf).fun
    -4.0
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # slow to import

    bound, box = LinearConstraint(rows, low, high), Bounds(least, 1)
    seconds = min(max(remaining(), LEAST_SECONDS), FOREVER)
    options: Any = {"mip_rel_gap": 0.0, "time_limit": seconds}
    whole = np.ones(len(costs), dtype=np.int_)
    return milp(costs, constraints=bound, integrality=whole, bounds=box, options=options)
