"""
Gain and bifurcation
====================

As the temperature falls, the even state of a network with three stored patterns becomes unstable at
the largest eigenvalue of W, and the outputs branch.
"""

import matplotlib.pyplot as plt
import numpy as np

from hopopt import Flow, Network, Quadratic, Tanh, anneal

patterns = np.random.default_rng(1).choice([-1, 1], (3, 40))
W = patterns.T @ patterns / 40
np.fill_diagonal(W, 0)
network = Network(Quadratic(-W), Tanh())
temperatures = np.linspace(1.3, 0.1, 40)
overlaps = []
anneal(
    (network.at(T=T) for T in temperatures),
    Flow("RK45", tol=1e-10, duration=100),
    0.01 * patterns[0].astype(float),
    callback=lambda stage, u: overlaps.append(patterns @ stage.output(u)[0] / 40),
)
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.plot(temperatures, overlaps, "-", label=[f"pattern {k + 1}" for k in range(3)])
ax.axvline(network.critical_temperature(), color="0.6", ls="--", lw=1)
ax.set(xlabel="T, the inverse gain", ylabel="overlap")
ax.invert_xaxis()
ax.legend(frameon=False)
