"""A problem of one's own in one file: hopopt solve random-60 --problem max_2sat:Max2SAT."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hopopt.ising import IsingEnergy
from problems import QuadraticProblem


class Max2SAT(QuadraticProblem):
    """Satisfy as many clauses of two literals as possible; literals are ±1 … ±n."""

    name, sense = "max-2-sat", "max"

    def __init__(self, clauses, instance="max-2-sat"):
        self.clauses, self.instance = np.asarray(clauses), instance
        variable, sign = np.abs(self.clauses) - 1, np.sign(self.clauses)
        n = int(variable.max()) + 1
        # a clause is broken where (1 - σ_a·s_a)·(1 - σ_b·s_b)/4 = 1
        h = np.bincount(variable.ravel(), sign.ravel() / 4, minlength=n)
        couplings = -sign.prod(axis=1) / 4
        constant = -0.75 * len(sign)
        self.energy = IsingEnergy.from_edges(n, variable.T, couplings, h, constant)

    size = property(lambda self: self.energy.size)

    def decode(self, s):
        return [k + 1 if up else -k - 1 for k, up in enumerate((s > 0).tolist())]

    def cost(self, x):
        return float(np.isin(self.clauses, x).any(axis=1).sum())

    def feasible(self, x):
        return sorted(map(abs, x)) == list(range(1, self.size + 1))

    def plain(self, x):
        return x

    @classmethod
    def load(cls, source, data=None):
        """Load ``random-N`` (3·N clauses), or a DIMACS .cnf file."""
        if source.startswith("random-"):
            n = int(source.removeprefix("random-"))
            rng = np.random.default_rng(0)
            pairs = np.array([rng.choice(n, 2, replace=False) + 1 for _ in range(3 * n)])
            return cls(pairs * rng.choice((-1, 1), pairs.shape), source)
        lines = Path(source).read_text(encoding="utf-8").splitlines()
        rows = [line.split() for line in lines if line and line[0] not in "cp%"]
        return cls([[int(a), int(b)] for a, b, _ in rows], Path(source).stem)

    @classmethod
    def instances(cls):
        return {"random-N": "3·N random clauses of N variables"}
