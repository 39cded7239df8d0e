"""
Where random starts end
=======================

Three hundred random states, three rules. Every dot is a state of rest, as large as the number of
starts that found it.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

from hopopt.memory import AssociativeMemory, CapacityWarning, attractors

warnings.simplefilter("ignore", CapacityWarning)
patterns = np.random.default_rng(0).choice([-1, 1], (10, 150))
colors = {"stored": "C0", "negated": "C9", "mixture": "C1", "spurious": "0.6"}
fig, axes = plt.subplots(1, 3, figsize=(10, 3.3), layout="constrained", sharex=True)
for ax, rule in zip(axes, ("hebb", "projection", "exponential"), strict=True):
    found = attractors(AssociativeMemory(rule).fit(patterns), 300)
    for kind, color in colors.items():
        some = [one for one in found.found if one.kind == kind]
        ax.scatter(
            [abs(one.overlap) for one in some],
            [one.energy for one in some],
            s=[5 * one.hits for one in some],
            color=color,
            alpha=0.6,
            label=f"{kind} {100 * found.share(kind):.0f} %",
        )
    ax.set(title=rule, xlabel="|overlap| with the nearest pattern")
    ax.legend(frameon=False, fontsize="small", markerscale=0.5)
axes[0].set_ylabel("energy E")
