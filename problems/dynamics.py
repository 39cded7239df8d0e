"""The methods that every quadratic problem knows: dynamics of one Ising energy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hopopt import Attempt, Incumbent, Method, Monitor, search
from hopopt.lanes import LANES, Units
from hopopt.presolve import Presolved, presolve
from hopopt.reheats import ELITES, reheats

if TYPE_CHECKING:
    from problems.quadratic import QuadraticProblem

LONGEST = 60.0


class Anneal(Method):
    """The annealed noisy network over many lanes, with crossover and reheats (`reheats`).

    The energy is presolved first, exactly. Every decision is the sign of a field: of a unit, of a
    piece of units that flips as one, or of a unit that presolve took out.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one; the problem must have an exact encoding.
    units : {"clip", "sign"}, default "clip"
        Hard-limited units, or two-valued heat-bath units.
    lanes, elites : int, default 32, 4
    patience : int, optional
        Stop after so many rounds in a row without a better solution.
    """

    name: ClassVar[str] = "anneal"
    summary: ClassVar[str] = "presolve, annealed noisy networks in lanes, crossover, reheats"

    def __init__(
        self,
        target: float | None = None,
        units: Units = "clip",
        lanes: int = LANES,
        elites: int = ELITES,
        patience: int | None = None,
    ) -> None:
        if units not in ("clip", "sign"):
            raise ValueError(f"units must be 'clip' or 'sign'; got {units!r}")
        if not 1 <= elites <= lanes:
            raise ValueError(f"elites must lie in 1 … lanes = {lanes}; got {elites}")
        self.target, self.units, self.patience = target, units, patience
        self.lanes, self.elites = lanes, elites

    def attempt(
        self, problem: QuadraticProblem, rng: np.random.Generator, monitor: Monitor
    ) -> Attempt:
        target = -np.inf if self.target is None else problem.loss(self.target)
        rounds = self._rounds(presolve(problem.energy), rng, monitor)
        found = search(rounds, monitor, target=target, patience=self.patience)
        s = found.best.x
        return Attempt(
            x=problem.decode(s),
            status=found.status,
            integrator="updates",
            nit=found.rounds,
            output=s,
            energy=found.best.cost,
            trace=found.trace,
        )

    def _rounds(
        self, core: Presolved, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        """Yield lifted incumbents; one alone where presolve has left nothing."""
        if not core.energy.size:
            yield Incumbent(core.lift(np.zeros(0)), float(core.energy.constant))
            return
        last: Incumbent | None = None
        lifted = np.zeros(0)
        for incumbent in reheats(
            core.energy,
            rng,
            monitor,
            units=self.units,
            lanes=self.lanes,
            elites=self.elites,
            seconds=min(monitor.remaining(), LONGEST),
        ):
            if last is None or incumbent.x is not last.x:
                lifted = core.lift(incumbent.x)
            last = incumbent
            yield Incumbent(lifted, incumbent.cost)

    def budget(self, problem: QuadraticProblem) -> float:
        return 3.0


METHODS: Mapping[str, type[Method]] = {method.name: method for method in (Anneal,)}
