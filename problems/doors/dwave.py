"""The way to and from D-Wave's tools: models, polynomials, and a sampler (needs dimod)."""

from __future__ import annotations

import itertools
from numbers import Integral
from typing import Any, NamedTuple

import dimod
import numpy as np

from hopopt import Monitor
from hopopt.core import Array, Deadline, check_counts, now
from hopopt.fast import made_ready
from hopopt.search import Annealer
from problems.spins.hubo import HUBO
from problems.spins.ising import Ising
from problems.spins.qubo import QUBO
from problems.spins.spin_problem import SpinProblem

__all__ = ["HopfieldSampler"]

ANNEALINGS, SWEEPS, BATCH = 1, 400, 512


class HopfieldSampler(dimod.Sampler, dimod.PolySampler, dimod.Initialized):  # type: ignore[misc]
    """A `dimod.Sampler` and `dimod.PolySampler`: annealed Hopfield networks, in one line.

    Each read is a replica of its own of the annealed noisy network (`Annealer`), so that reads
    differ where the model has several good samples. Polynomials of higher order need no auxiliary
    variables.

    Examples
    --------
    >>> import pytest; dimod = pytest.importorskip("dimod")
    >>> from problems import HopfieldSampler
    >>> bqm = dimod.BinaryQuadraticModel({"a": 1, "b": -1}, {("a", "b"): 2}, 0.0, "BINARY")
    >>> sampleset = HopfieldSampler().sample(bqm, seed=0)
    >>> float(sampleset.first.energy), int(sampleset.first.sample["b"])
    (-1.0, 1)
    """

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The keyword arguments of the sampling methods, none of them tied to a property."""
        names = "num_reads", "time_limit", "patience", "seed"
        return {name: [] for name in (*names, "initial_states", "initial_states_generator")}

    @property
    def properties(self) -> dict[str, Any]:
        """Nothing: it takes every binary quadratic model, and every polynomial."""
        return {}

    def sample(
        self,
        bqm: dimod.BinaryQuadraticModel,
        *,
        num_reads: int | None = None,
        time_limit: float | None = None,
        patience: int | None = None,
        seed: int | None = None,
        initial_states: Any = None,
        initial_states_generator: str = "random",
        **kwargs: Any,
    ) -> dimod.SampleSet:
        """Return samples of low energy.

        Parameters
        ----------
        bqm : dimod.BinaryQuadraticModel
        num_reads : int, optional
            1 by default, or as many as there are initial states.
        time_limit : float, optional
            Seconds of wall time for all reads, which are annealed again and again so long.
        patience : int, optional
            A read is the best of at most so many annealings; 1 by default where there is no time
            limit.
        seed : int, optional
        initial_states : samples-like, optional
            What the reads begin with, under milder noise; by default with nearly undecided units.
        initial_states_generator : {"random", "tile", "none"}, default "random"
            What to do where they are fewer than the reads: see `dimod.Initialized`.
        **kwargs
            Others are ignored, with dimod's warning.

        Returns
        -------
        dimod.SampleSet
            Its ``info`` holds the wall seconds.
        """
        self.remove_unknown_kwargs(**kwargs)
        if not hasattr(bqm, "to_numpy_vectors"):
            got = type(bqm).__name__
            raise TypeError(f"bqm must be a dimod.BinaryQuadraticModel; got {got}")
        began, labels, start = now(), list(bqm.variables), None
        if initial_states is not None:
            given = self.parse_initial_states(
                bqm, initial_states, initial_states_generator, num_reads, seed
            )
            num_reads = given.num_reads
            first, named = dimod.as_samples(given.initial_states, copy=True)
            spins = np.where(np.asarray(first) > 0, 1.0, -1.0)
            start = spins[:, [list(named).index(label) for label in labels]]
        options = _checked(1 if num_reads is None else num_reads, time_limit, patience, seed)
        count = options.num_reads
        reads = _reads(_problem(bqm), options, start) if labels else _nothing(count)
        info = {"wall_seconds": now() - began}
        return dimod.SampleSet.from_samples_bqm((reads, labels), bqm, info=info)

    def sample_poly(
        self,
        polynomial: dimod.BinaryPolynomial,
        *,
        num_reads: int = 1,
        time_limit: float | None = None,
        patience: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> dimod.SampleSet:
        """Return samples of low energy of a polynomial of any order.

        Parameters
        ----------
        polynomial : dimod.BinaryPolynomial
        num_reads, time_limit, patience, seed, **kwargs
            As in `sample`.

        Examples
        --------
        >>> import pytest; dimod = pytest.importorskip("dimod")
        >>> poly = dimod.BinaryPolynomial({"abc": -1, "ab": 1, "c": 0.5}, "SPIN")
        >>> float(HopfieldSampler().sample_poly(poly, seed=0).first.energy)
        -2.5
        """
        self.remove_unknown_kwargs(**kwargs)
        began, labels = now(), list[Any]()
        options = _checked(num_reads, time_limit, patience, seed)
        reads = _nothing(options.num_reads)
        if polynomial.variables:
            problem = HUBO.from_polynomial(polynomial)
            labels = list(problem.labels)
            reads = _reads(problem, options)
        energies = polynomial.energies((reads, labels)) if labels else _constant(polynomial, reads)
        info = {"wall_seconds": now() - began}
        return dimod.SampleSet.from_samples(
            (reads, labels), polynomial.vartype, energy=energies, info=info
        )


class _Options(NamedTuple):
    num_reads: int
    time_limit: float | None
    patience: int | None
    seed: int | None


def _checked(
    num_reads: Any, time_limit: float | None, patience: int | None, seed: int | None
) -> _Options:
    if isinstance(num_reads, bool) or not isinstance(num_reads, Integral) or num_reads < 1:
        raise ValueError(f"num_reads must be a positive integer; got {num_reads!r}")
    if time_limit is not None and not time_limit >= 0:
        raise ValueError(f"time_limit must be nonnegative seconds; got {time_limit!r}")
    if patience is not None:
        check_counts(patience=patience)
    if time_limit is None and patience is None:
        patience = ANNEALINGS
    return _Options(int(num_reads), time_limit, patience, seed)


def _reads(problem: SpinProblem, options: _Options, start: Array | None = None) -> Array:
    """Return one sample a read: the best of its own replica's annealings.

    `start` holds spins, a row a read, that the first annealing begins with.
    """
    deadline = None if options.time_limit is None else Deadline.after(options.time_limit)
    monitor, rng = Monitor(deadline, record=False), np.random.default_rng(options.seed)
    energy: Any = problem.energy
    ready = made_ready(energy, "clip", None)
    annealer, count = Annealer(ready, rng, paced=False), options.num_reads
    best, values = np.zeros((count, ready.size)), np.full(count, np.inf)
    for turn in itertools.count():
        if turn and (turn == options.patience or monitor.over()):
            break
        for first in range(0, count, BATCH):
            block = slice(first, min(first + BATCH, count))
            some = None if start is None or turn else start[block][:, ready.order]
            found = _annealed(annealer, block.stop - first, some, monitor)
            energies = ready.values(found)
            better = np.flatnonzero(energies < values[block]) + first
            best[better], values[better] = found.T[better - first], energies[better - first]
    return np.array([problem.decode(ready.outside(s)) for s in best], dtype=np.int8)


def _annealed(annealer: Annealer, count: int, start: Array | None, monitor: Monitor) -> Array:
    if start is None:
        return annealer.from_nothing(count, SWEEPS, monitor, 1.0)
    mild = np.full(count, annealer.schedule.reheat[0])
    return annealer.anneal(start.T.astype(np.float32), mild, SWEEPS, monitor)


def _nothing(num_reads: int) -> Array:
    return np.zeros((num_reads, 0), dtype=np.int8)


def _constant(polynomial: dimod.BinaryPolynomial, reads: Array) -> Array:
    return np.full(len(reads), float(sum(polynomial.values())))


def _problem(bqm: dimod.BinaryQuadraticModel) -> QUBO | Ising:
    """Return the model as a problem whose solutions are samples of the model's own type."""
    if bqm.vartype is dimod.BINARY:
        return QUBO.from_bqm(bqm)
    linear, (i, j, values), offset = bqm.to_numpy_vectors(list(bqm.variables))
    return Ising.from_edges(len(linear), (i, j), -values, -linear, offset)
