"""Search: an incumbent that is improved round after round, within limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from hopopt.core.clock import now
from hopopt.core.motion import Monitor, Status, TimeUp
from hopopt.core.trace import Trace


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The best solution that a round knows.

    Attributes
    ----------
    x : object
        The solution; later rounds must leave it alone.
    cost : float
    T : float
        Temperature at which the search accepts losses; 0 where it accepts none.
    bound : float
        What no solution costs less than, as far as the round knows.

    Examples
    --------
    >>> found = search([Incumbent("a", 3.0), Incumbent("b", 2.0)], Monitor())
    >>> found.best.x
    'b'
    """

    x: Any
    cost: float
    T: float = 0.0
    bound: float = -np.inf

    @property
    def proven(self) -> bool:
        """Whether the bound says that no solution costs less."""
        return self.cost <= self.bound


@dataclass(frozen=True, eq=False)
class Found:
    """Where a search ended.

    Attributes
    ----------
    best : Incumbent
    status : Status
    rounds : int
    trace : Trace
        The lowest cost against seconds of wall time.
    bound : float
        The highest of all rounds.

    Examples
    --------
    >>> found = search([Incumbent("a", 3.0), Incumbent("b", 2.0)], Monitor(), patience=1)
    >>> found.rounds, found.trace.energy
    (2, array([3., 2.]))
    """

    best: Incumbent
    status: Status
    rounds: int
    trace: Trace
    bound: float = -np.inf


def search(
    rounds: Iterable[Incumbent],
    monitor: Monitor,
    *,
    target: float = -np.inf,
    patience: int | None = None,
    decode: Callable[[Any], Any] | None = None,
) -> Found:
    """Run rounds until they end, the time is over, or nothing better is wanted, found or possible.

    What a round is belongs to the problem: restarts, kicks that networks repair, windows that
    stream over a tour, reheated replicas that are crossed with elites. It is written as a generator
    that yields its incumbent after each round; what limits, watches and interrupts it is here.

    Parameters
    ----------
    rounds : iterable of Incumbent
        The first one comes whatever the time limit; a later round may call ``monitor.check()``
        inside, and loses what it has not yielded.
    monitor : Monitor
        Holds the time limit; its listener hears of every round.
    target : float, optional
        Stop at this cost or below.
    patience : int, optional
        Stop after so many rounds in a row that bring no lower cost.
    decode : callable, optional
        Makes a solution of an incumbent's x, for the listener; by default x is the solution.

    Returns
    -------
    Found
        Also after Ctrl-C, the time limit and a callback's StopIteration: the best incumbent, with
        the status that says so.

    Examples
    --------
    >>> countdown = (Incumbent(k, float(k)) for k in range(9, 0, -1))
    >>> found = search(countdown, Monitor(), target=5)
    >>> found.best.x, found.rounds
    (5, 5)
    """
    began, best, count, quiet, bound = now(), None, 0, 0, -np.inf
    status = Status.CONVERGED
    try:
        for incumbent in rounds:
            count += 1
            quiet += 1
            if best is None or incumbent.cost < best.cost:
                best, quiet = incumbent, 0
            monitor.record_cost(now() - began, incumbent.T, best.cost)
            monitor.tell(incumbent.T, partial(_array, best.x), partial(_decoded, decode, best.x))
            bound = max(bound, incumbent.bound)
            if best.cost <= bound:
                status = Status.OPTIMAL
            if best.cost <= max(bound, target) or quiet == patience:
                break
            monitor.check()
    except (TimeUp, KeyboardInterrupt, StopIteration) as stop:
        status = Status.of(stop)
        if best is None:
            raise
    if best is None:
        raise ValueError("rounds must hold at least one incumbent; got none")
    return Found(best, status, count, Trace.of(monitor.rows, "cost"), bound)


def _array(x: Any) -> Any:
    """Return a solution as an array: of a list, whatever it holds, one entry each."""
    if not isinstance(x, list):
        return np.asarray(x)
    with suppress(ValueError):
        made = np.asarray(x)
        if made.ndim == 1:
            return made
    made = np.empty(len(x), dtype=object)
    for k, each in enumerate(x):
        made[k] = each
    return made


def _decoded(decode: Callable[[Any], Any] | None, x: Any, _: Any) -> Any:
    return x if decode is None else decode(x)
