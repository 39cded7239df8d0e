"""The way to and from D-Wave's tools: binary quadratic models, and a sampler (needs dimod)."""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np

from hopopt import Monitor
from hopopt.core import now
from problems.spins.annealing import Anneal
from problems.spins.ising import Ising
from problems.spins.qubo import QUBO

__all__ = ["HopfieldSampler"]

PATIENCE, SWEEPS = 10, 200


class HopfieldSampler(dimod.Sampler):  # type: ignore[misc]  # dimod comes without types
    """A `dimod.Sampler`: annealed Hopfield networks, in one line of D-Wave code.

    Each read is a search of its own (`problems.dynamics.Anneal`), so that reads differ where the
    model has several good samples.

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
        """Nothing: it takes every binary quadratic model."""
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
        if isinstance(num_reads, bool) or not isinstance(num_reads, int) or num_reads < 1:
            raise ValueError(f"num_reads must be a positive integer; got {num_reads!r}")
        if time_limit is not None and not time_limit >= 0:
            raise ValueError(f"time_limit must be nonnegative seconds; got {time_limit!r}")
        began, labels = now(), list(bqm.variables)
        patience = PATIENCE if patience is None and time_limit is None else patience
        reads = [np.zeros(0, dtype=np.int8)] * num_reads
        if labels:
            generators = np.random.default_rng(seed).spawn(num_reads)
            problem = _problem(bqm)
            reads = []
            for k, rng in enumerate(generators):
                share = None if time_limit is None else began + time_limit * (k + 1) / num_reads
                method = Anneal(sweeps=SWEEPS, patience=patience)
                reads.append(method.attempt(problem, rng, Monitor(share, record=False)).x)
        samples = (np.array(reads, dtype=np.int8).reshape(num_reads, -1), labels)
        info = {"wall_seconds": now() - began}
        return dimod.SampleSet.from_samples_bqm(samples, bqm, info=info)


def _problem(bqm: dimod.BinaryQuadraticModel) -> QUBO | Ising:
    """Return the model as a problem whose solutions are samples of the model's own type."""
    if bqm.vartype is dimod.BINARY:
        return QUBO.from_bqm(bqm)
    linear, (i, j, values), offset = bqm.to_numpy_vectors(list(bqm.variables))
    return Ising.from_edges(len(linear), (i, j), -values, -linear, offset)
