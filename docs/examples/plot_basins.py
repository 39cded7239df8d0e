"""
Basins of attraction
====================

How much of a pattern may be wrong? The answer depends on the rule and on the load. The dashed line
is the control, the nearest stored pattern: no memory can be above it.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

from hopopt.memory import AssociativeMemory, CapacityWarning, basin

warnings.simplefilter("ignore", CapacityWarning)
noise = (0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
rng = np.random.default_rng(0)
fig, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained", sharey=True)
for ax, load in zip(axes, (0.05, 0.15, 0.3), strict=True):
    patterns = rng.choice([-1, 1], (round(load * 200), 200))
    for rule in ("hebb", "projection", "exponential"):
        found = basin(AssociativeMemory(rule).fit(patterns), noise, cues=80)
        ax.plot(100 * found.noise, 100 * found.exact, "o-", ms=4, label=rule)
    ax.plot(100 * found.noise, 100 * found.control, "k--", label="nearest")
    ax.set(title=f"load {load}", xlabel="flipped units, %")
axes[0].set_ylabel("recalled exactly, %")
axes[0].legend(frameon=False)
