"""A problem of one's own in one file: hopopt solve random-60 --problem set_cover:SetCover."""

from __future__ import annotations

import numpy as np

from hopopt import Clauses
from problems import HigherOrderProblem


class SetCover(HigherOrderProblem):
    """Choose as few sets as possible that together hold every element."""

    name, exact = "set-cover", False
    size = property(lambda self: len(self.sets))

    def __init__(self, sets, instance="set-cover"):
        self.sets, self.instance = [frozenset(s) for s in sets], instance
        self.elements = frozenset().union(*self.sets)
        homes = [[j for j, s in enumerate(self.sets, 1) if e in s] for e in self.elements]
        chosen = [[-j] for j in range(1, self.size + 1)]
        # a set that is chosen breaks a clause that weighs 1, an element that is left out one of 2
        self.energy = Clauses([*homes, *chosen], [2.0] * len(homes) + [1.0] * self.size)

    def decode(self, s):
        return np.flatnonzero(np.asarray(s) > 0).tolist()

    def cost(self, x):
        return float(len(x))

    def feasible(self, x):
        return frozenset().union(*(self.sets[j] for j in x)) == self.elements

    def up(self, x):
        return np.isin(np.arange(self.size), x)

    @classmethod
    def load(cls, source, data=None):
        """Load ``random-N``: N random sets of six of N elements."""
        n, rng = int(source.removeprefix("random-")), np.random.default_rng(0)
        return cls([rng.choice(n, 6).tolist() for _ in range(n)], source)
