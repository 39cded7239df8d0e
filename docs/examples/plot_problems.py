"""
Every problem has a picture
===========================

A small instance of each, solved for a sixth of a second at most, drawn by ``problem.plot``.
"""

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np

import problems
from hopopt import minimize

G = nx.random_geometric_graph(40, 0.25, seed=2)
rng = np.random.default_rng(0)
chosen = [
    problems.TSP.load("random-50"),
    problems.MaxCut.from_graph(G),
    problems.Coloring.from_graph(G),
    problems.IndependentSet.from_graph(G),
    problems.Clique.from_graph(G),
    problems.Partition.from_graph(G),
    problems.Queens(8),
    problems.Ising.load("sk-40"),
    problems.QuadraticAssignment.load("random-8"),
]
fig, axes = plt.subplots(3, 3, figsize=(10, 9.5), layout="constrained")
for ax, problem in zip(axes.flat, chosen, strict=True):
    result = minimize(problem, rng=0, time_limit=0.15)
    problem.plot(result.x, ax=ax)
