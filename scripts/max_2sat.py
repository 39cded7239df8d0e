"""A problem of one's own in one file: hopopt solve random-60 --problem max_2sat:Max2SAT."""

from __future__ import annotations

import numpy as np

from hopopt import IsingEnergy
from problems import QuadraticProblem


class Max2SAT(QuadraticProblem):
    """Satisfy as many clauses of two literals, ±1 … ±n, as possible."""

    name, sense = "max-2-sat", "max"
    size = property(lambda self: self.energy.size)

    def __init__(self, clauses, instance="max-2-sat"):
        self.clauses, self.instance = np.asarray(clauses), instance
        variables, signs = np.abs(self.clauses) - 1, np.sign(self.clauses)
        n = int(variables.max()) + 1
        # a clause is broken where (1 - σ_a·s_a)·(1 - σ_b·s_b)/4 = 1
        fields = np.bincount(variables.ravel(), signs.ravel() / 4, minlength=n)
        couplings, constant = -signs.prod(axis=1) / 4, -0.75 * len(signs)
        self.energy = IsingEnergy.from_edges(n, variables.T, couplings, fields, constant)

    def decode(self, s):
        return [k + 1 if up else -k - 1 for k, up in enumerate((s > 0).tolist())]

    def cost(self, x):
        return float(np.isin(self.clauses, x).any(axis=1).sum())

    @classmethod
    def load(cls, source, data=None):
        """Load ``random-N``: 3·N random clauses of N variables."""
        n, rng = int(source.removeprefix("random-")), np.random.default_rng(0)
        pairs = np.array([rng.choice(n, 2, replace=False) + 1 for _ in range(3 * n)])
        return cls(pairs * rng.choice((-1, 1), pairs.shape), source)
