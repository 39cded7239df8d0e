"""Solvers of other packages as methods, for comparison; none is needed.

``pip install 'hopopt[compare]'`` installs those that get along with this package. Most take whole
numbers only: where an instance's are not, or are too large, they are scaled and rounded, and the
result's `integrator` says by how much. Costs are those of the problem itself, never the solver's.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import Method, Monitor, Status
from hopopt.core import now
from hopopt.solve import Kind

SECONDS = 10.0
LEAST_SECONDS = 0.01
FULL = 0.95
SIMPLE = (1.0, 2.0, 4.0)
PART = 2**20


class External(Method):
    """A solver of another package.

    Attributes
    ----------
    package, module : str
        What pip installs, and what Python then imports.
    install : str
        What to tell those who have it not.
    timed : bool
        Whether the solver takes a time limit.
    """

    kind: Kind = "classical"
    package: ClassVar[str]
    module: ClassVar[str]
    install: ClassVar[str] = "pip install 'hopopt[compare]'"
    timed: ClassVar[bool] = True

    def refusal(self, problem: Any) -> str | None:
        if find_spec(self.module) is None:
            return f"skipped: {self.package} is not installed ({self.install})"
        return super().refusal(problem)

    def budget(self, problem: Any) -> float | None:
        return SECONDS if self.timed else None

    def integrator(self, scale: float = 1.0) -> str:
        """Return what a result says of the solver: its version, and what scaled the instance."""
        scaled = "" if scale == 1 else f", scaled by {scale:.3g}"
        return f"{self.package} {version(self.package)}{scaled}"


class Stopwatch:
    """The time that a solver is given, and what it has used of it.

    Attributes
    ----------
    seconds : float
        How many there were when it was started.
    """

    def __init__(self, monitor: Monitor) -> None:
        self.begin = now()
        left = SECONDS if monitor.deadline is None else monitor.deadline - self.begin
        self.seconds = max(left, LEAST_SECONDS)

    @property
    def spent(self) -> float:
        """Seconds since it was started."""
        return now() - self.begin

    @property
    def left(self) -> float:
        """Seconds that are left, a hundredth at least: solvers take no less."""
        return max(LEAST_SECONDS, self.seconds - self.spent)

    @property
    def status(self) -> Status:
        """TIME_LIMIT where all but a twentieth of the time was used."""
        full = self.spent > FULL * self.seconds
        return Status.TIME_LIMIT if full else Status.CONVERGED


def whole_numbers(values: NDArray[Any], most: int) -> tuple[NDArray[np.int64], float]:
    """Return numbers as integers of magnitude up to `most`, and what they were multiplied by.

    Whole numbers that fit stay as they are, halves and quarters are made whole, and all others are
    scaled so that the largest is `most`.

    Examples
    --------
    >>> import numpy as np
    >>> whole_numbers(np.array([0.5, -1.0]), 100)
    (array([ 1, -2]), 2.0)
    >>> whole_numbers(np.array([0.3, -0.15]), 100)[0]
    array([100, -50])
    """
    parts = _parts(values)
    largest = max((float(np.abs(part).max()) for part in parts), default=0.0)
    stretch = min(most / largest, np.finfo(float).max) if largest else 1.0
    fits = (k for k in SIMPLE if all(_fit(k * part, most) for part in parts))
    scale = next(fits, float(stretch))
    whole = np.empty(values.shape, dtype=np.int64)
    for part, to in zip(parts, _parts(whole), strict=True):
        to[:] = np.rint(part * scale)
    return whole, scale


def _parts(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Return an array in flat parts, so that what is made of it is never as large as itself."""
    flat = values.reshape(-1)
    return [flat[k : k + PART] for k in range(0, flat.size, PART)]


def _fit(values: NDArray[Any], most: int) -> bool:
    """Whether all are whole numbers of magnitude up to `most`."""
    return bool(np.all(np.abs(values) <= most) and np.array_equal(values, np.rint(values)))
