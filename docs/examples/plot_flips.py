"""
Energy, flip by flip
====================

``record="flips"`` keeps every state that a recall went through. E falls with each flip; the
distance to the wanted letter need not.
"""

import matplotlib.pyplot as plt
import numpy as np

from hopopt.memory import AssociativeMemory, letters

stored = letters("HOPE")
rng = np.random.default_rng(1)
cue = np.where(rng.random((12, 10)) < 0.25, -stored[2], stored[2])
recall = AssociativeMemory("projection").fit(stored).recall(cue, order="async", record="flips")
states, energies = recall.path

fig, axes = plt.subplots(1, 6, figsize=(10, 2.3), layout="constrained")
for ax, k in zip(axes, np.linspace(0, len(states) - 1, 6).astype(int), strict=True):
    ax.imshow(states[k], cmap="gray_r")
    ax.set(xticks=[], yticks=[], title=f"flip {k}")

# %%
wrong = (states != stored[2]).sum((1, 2))
fig, left = plt.subplots(figsize=(6, 3), layout="constrained")
left.plot(energies, ".-", color="C0")
left.set(xlabel="flip")
left.set_ylabel("energy E", color="C0")
right = left.twinx()
right.plot(wrong, ".-", color="C1")
right.set_ylabel("wrong pixels", color="C1")
