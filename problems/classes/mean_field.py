"""Graph colouring by mean-field annealing: softmax (Potts) units, cooled."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from hopopt import (
    Attempt,
    ExponentialEuler,
    Method,
    Monitor,
    Motion,
    Network,
    Relaxation,
    Softmax,
    Status,
    Trace,
    Updates,
    anneal,
)
from hopopt.core import Array
from hopopt.solve import Kind
from problems.classes.colors import Graph, clashes, clique_bound, conflicts, greedy
from problems.shared.motions import motion

START = 0.05
SETTLING = 20  # sweeps at T = 0, at most
FAST = ExponentialEuler(0.2, max_steps=1, tol=0, descends=False)


class MeanField(Method):
    """Softmax (Potts) units annealed in replicas, one colour less after each success.

    H counts the edges inside colours; T falls geometrically from the critical temperature
    −λ_min(A)/k, where the units begin to tell the colours apart, and each group decodes to its
    largest output. Where conflicts are left, groups settle one after another at T = 0. The first
    number of colours is that of the `greedy` colouring; where the network finds none with so many,
    it takes one more.

    Parameters
    ----------
    solver : str, default "exponential-euler"
        A SciPy solver, which integrates every stage to rest, or the fast step, one a stage.
    stages : int, optional
        Number of temperatures: by default 24 for SciPy's solvers, 300 for the fast step.
    replicas : int, default 8
        Annealings side by side, from different noise; SciPy's solvers take one.
    cold : float, default 8
        The last temperature is the critical one divided by this.
    **options
        Of `solve_ivp`: rtol, atol, max_step, ….

    References
    ----------
    Peterson & Söderberg, "A new method for mapping optimization problems onto neural networks",
    1989.
    """

    name: ClassVar[str] = "mean-field"
    summary: ClassVar[str] = "softmax (Potts) units, annealed; any of SciPy's solvers"
    kind: Kind = "pure"

    def __init__(
        self,
        solver: str = "exponential-euler",
        stages: int | None = None,
        replicas: int = 8,
        cold: float = 8.0,
        **options: Any,
    ) -> None:
        if (stages is not None and stages < 1) or replicas < 1 or not cold > 1:
            raise ValueError(
                "stages and replicas must be positive integers and cold above 1; "
                f"got {stages}, {replicas}, {cold}"
            )
        self.solver, self.stages, self.cold = solver, stages, cold
        self.replicas, self.options = replicas, options

    def attempt(self, problem: Graph, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        move = motion(self.solver, FAST, problem.size**2, self.options, duration=30.0, tol=1e-3)
        k, least = int(greedy(problem, rng).max()) + 1, clique_bound(problem)
        most = problem.size
        if problem.colors is not None:
            most = problem.colors
            k = least = min(k, most)
        best, left, status = None, 0.0, Status.CONVERGED
        while least <= k <= most and not over(status):
            rest = self._settled(problem, k, move, rng, monitor)
            output, before, status = best_replica(problem, rest.v), left, rest.status
            clash = clashes(problem, output.argmax(-1))
            if best is not None and clash and not before:  # one colour less is too few
                break
            k, found, best, left = k + (1 if clash else -1), before > 0 == clash, output, clash
            if found:  # one colour more is enough
                break
        assert best is not None
        return Attempt(
            x=problem.decode(best),
            status=status if over(status) else Status.CONVERGED,
            output=best,
            energy=left,
            trace=Trace.of(monitor.rows),
        )

    def _settled(
        self, problem: Graph, k: int, move: Motion, rng: np.random.Generator, monitor: Monitor
    ) -> Relaxation:
        """Anneal k colours; where every replica has conflicts, let groups settle at T = 0."""
        rest = self._anneal(problem, k, move, rng, monitor)
        if over(rest.status) or not clashes(problem, best_replica(problem, rest.v).argmax(-1)):
            return rest
        cold = [rest.network.at(T=0)]
        return anneal(cold, Updates(rng=rng, max_sweeps=SETTLING), rest.u, monitor=monitor)

    def _anneal(
        self, problem: Graph, k: int, move: Motion, rng: np.random.Generator, monitor: Monitor
    ) -> Relaxation:
        energy = conflicts(problem.adjacency, k)
        network = Network(energy, Softmax(axis=1))
        hot = network.critical_temperature() or 1.0
        count = self.stages or (300 if move is FAST else 24)
        replicas = (self.replicas,) if move is FAST else ()
        return anneal(
            (network.at(T=T) for T in np.geomspace(hot, hot / self.cold, count)),
            move,
            START * hot * rng.standard_normal((*replicas, *energy.shape)),
            monitor=monitor,
            callback=lambda network, u: monitor.tell(
                float(network.T),
                lambda: best_replica(problem, network.output(u)[0]),
                problem.decode,
            ),
        )


def over(status: Status) -> bool:
    """Whether an annealing was cut short."""
    return status in (Status.TIME_LIMIT, Status.STOPPED, Status.INTERRUPTED)


def best_replica(problem: Graph, v: Array) -> Array:
    """Return the outputs (n, k), of a batch (..., n, k), that decode to the fewest conflicts."""
    outputs = v.reshape(-1, *v.shape[-2:])
    left = [clashes(problem, classes) for classes in outputs.argmax(-1)]
    return np.asarray(outputs[int(np.argmin(left))])
