"""Which motion a continuous method takes: SciPy's solvers, or its own fast step."""

from __future__ import annotations

from typing import Any

from hopopt import Flow, Motion
from hopopt.core import IMPLICIT_UNITS, SOLVERS


def restarts(cities: int, work: int, fast: bool) -> int:
    """Return how often to restart: work/cities times, and no more often than there are cities.

    At most 12 times by a fast step, 4 by a solver; three cities have one tour.
    """
    return max(1, min(work // cities, cities, 12 if fast else 4)) if cities > 3 else 1


def motion(
    solver: str, fast: Motion, units: int, options: dict[str, Any], **settings: Any
) -> Motion:
    """Return the motion that a `solver` option names.

    Parameters
    ----------
    solver : str
        A SciPy solver, the name of the fast step, or "auto": LSODA where its dense Jacobian fits,
        or a `band` stands in for it, and RK23 for larger networks.
    fast : Motion
        The method's own step.
    units : int
        Size of the state.
    options : dict
        Of `solve_ivp`, from the user.
    **settings
        Of `Flow`, from the method.

    Raises
    ------
    ValueError
        For another name, or options that the fast step does not take.
    """
    if solver == fast.name:
        if options:
            raise ValueError(f"{solver} takes no options of solve_ivp; got {sorted(options)}")
        return fast
    if solver == "auto":
        fits = units <= IMPLICIT_UNITS or settings.get("band") is not None
        solver = "LSODA" if fits else "RK23"
    if solver not in SOLVERS:
        names = ", ".join(("auto", *SOLVERS, fast.name))
        raise ValueError(f"solver must be one of {names}; got {solver!r}")
    return Flow(solver, **settings, **options)
