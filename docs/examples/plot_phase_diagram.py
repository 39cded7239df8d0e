"""
The phase diagram of Hebb's network
===================================

Above which temperature, and beyond which load, is a pattern forgotten? The line is the theory of
Amit, Gutfreund & Sompolinsky: the largest T at which their three equations still have a solution
with a large overlap. The colours are measured, with 600 units and Glauber dynamics.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

from hopopt.memory import AssociativeMemory, CapacityWarning

warnings.simplefilter("ignore", CapacityWarning)
z, weight = np.polynomial.hermite_e.hermegauss(101)
weight = weight / weight.sum()


def retrieval(load, T):
    """Iterate m = ∫tanh, q = ∫tanh², r = q/(1 − β(1 − q))² from m = q = 1, for many T."""
    m = q = np.ones_like(T)
    for _ in range(300):
        r = q / (1 - (1 - q) / T) ** 2
        field = np.tanh((m + np.sqrt(load * r) * z[:, None]) / T)
        m, q = (m + weight @ field) / 2, (q + weight @ field**2) / 2
    return m


loads = np.linspace(0.005, 0.135, 14)
temperatures = np.linspace(0.04, 1.0, 97)
held = [temperatures[retrieval(load, temperatures) > 0.5] for load in loads]
edge = [max(below, default=0.0) for below in held]

# %%
rng = np.random.default_rng(0)
N, grid_T = 600, np.linspace(0.05, 1.05, 8)
grid_load = np.array([0.005, 0.03, 0.06, 0.09, 0.12, 0.15])
seen = np.empty((len(grid_T), len(grid_load)))
for k, load in enumerate(grid_load):
    patterns = rng.choice([-1, 1], (round(load * N), N))
    memory = AssociativeMemory("hebb", normalize=True, dtype="float32").fit(patterns)
    for j, T in enumerate(grid_T):
        state = memory.recall(patterns[:3], temperature=T, max_iter=12).state
        seen[j, k] = (state * patterns[:3]).mean()

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
mesh = ax.pcolormesh(grid_load, grid_T, seen, cmap="viridis", vmin=0, vmax=1, shading="nearest")
fig.colorbar(mesh, label="overlap with the pattern, measured")
ax.plot(loads, edge, "w-", lw=2, label="theory")
ax.plot([0.138], [0], "wo", clip_on=False)
ax.set(xlabel="load P/N", ylabel="temperature T", ylim=(0, 1.1), xlim=(0, 0.165))
ax.legend(labelcolor="white", frameon=False)
