"""The way to and from D-Wave's tools: models, polynomials, and a sampler (needs dimod)."""

from __future__ import annotations

from typing import Any, NamedTuple

import dimod
import numpy as np

from hopopt import Method, Monitor
from hopopt.core import Array, now
from hopopt.solve import construct
from problems.spins.annealing import Anneal
from problems.spins.hubo import HUBO
from problems.spins.ising import Ising
from problems.spins.quadratized import QuadraticAnneal
from problems.spins.qubo import QUBO
from problems.spins.replicas import AnnealedReplicas
from problems.spins.spin_problem import SpinProblem

__all__ = ["HopfieldSampler"]

PATIENCE, SWEEPS, BATCHES = 10, 200, 2


class HopfieldSampler(dimod.Sampler, dimod.PolySampler):  # type: ignore[misc]  # without types
    """A `dimod.Sampler` and `dimod.PolySampler`: annealed Hopfield networks, in one line.

    Each read is a search of its own, so that reads differ where the model has several good samples:
    `Anneal` of models of second order, `AnnealedReplicas` of polynomials of higher order, which
    need no auxiliary variables.

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
        return {"num_reads": [], "time_limit": [], "patience": [], "seed": []}

    @property
    def properties(self) -> dict[str, Any]:
        """Nothing: it takes every binary quadratic model, and every polynomial."""
        return {}

    def sample(
        self,
        bqm: dimod.BinaryQuadraticModel,
        *,
        num_reads: int = 1,
        time_limit: float | None = None,
        patience: int | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> dimod.SampleSet:
        """Return samples of low energy.

        Parameters
        ----------
        bqm : dimod.BinaryQuadraticModel
        num_reads : int, default 1
        time_limit : float, optional
            Seconds of wall time, shared by the reads; by default a read ends by `patience`.
        patience : int, optional
            A read ends after so many rounds in a row without a better sample; 10 by default where
            there is no time limit.
        seed : int, optional
        **kwargs
            Others are ignored, with dimod's warning.

        Returns
        -------
        dimod.SampleSet
            Its ``info`` holds the wall seconds.
        """
        self.remove_unknown_kwargs(**kwargs)
        began, labels = now(), list(bqm.variables)
        options = _checked(num_reads, time_limit, patience, seed)
        reads = _reads(_problem(bqm), Anneal, options) if labels else _nothing(num_reads)
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
        num_reads, time_limit, seed, **kwargs
            As in `sample`.
        patience : int, optional
            Above second order, how many batches of annealed replicas a read takes at most; 2 by
            default where there is no time limit.

        Examples
        --------
        >>> import pytest; dimod = pytest.importorskip("dimod")
        >>> poly = dimod.BinaryPolynomial({"abc": -1, "ab": 1, "c": 0.5}, "SPIN")
        >>> float(HopfieldSampler().sample_poly(poly, seed=0).first.energy)
        -2.5
        """
        self.remove_unknown_kwargs(**kwargs)
        began, quadratic = now(), polynomial.degree <= 2
        default = PATIENCE if quadratic else BATCHES
        options = _checked(num_reads, time_limit, patience, seed, default)
        labels: list[Any] = []
        reads = _nothing(num_reads)
        if polynomial.variables:
            problem = HUBO.from_polynomial(polynomial)
            labels = list(problem.labels)
            reads = _reads(problem, QuadraticAnneal if quadratic else AnnealedReplicas, options)
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
    num_reads: int,
    time_limit: float | None,
    patience: int | None,
    seed: int | None,
    default: int = PATIENCE,
) -> _Options:
    if isinstance(num_reads, bool) or not isinstance(num_reads, int) or num_reads < 1:
        raise ValueError(f"num_reads must be a positive integer; got {num_reads!r}")
    if time_limit is not None and not time_limit >= 0:
        raise ValueError(f"time_limit must be nonnegative seconds; got {time_limit!r}")
    patience = default if patience is None and time_limit is None else patience
    return _Options(num_reads, time_limit, patience, seed)


def _reads(problem: SpinProblem, kind: type[Method], options: _Options) -> Array:
    """Return one sample a read, each from a search of its own."""
    began, count = now(), options.num_reads
    stop = "batches" if kind is AnnealedReplicas else "patience"
    reads = []
    for k, rng in enumerate(np.random.default_rng(options.seed).spawn(count)):
        limit = options.time_limit
        share = None if limit is None else began + limit * (k + 1) / count
        method = construct(kind, {"sweeps": SWEEPS, stop: options.patience})
        reads.append(method.attempt(problem, rng, Monitor(share, record=False)).x)
    return np.array(reads, dtype=np.int8)


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
