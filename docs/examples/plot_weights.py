"""
Weights as a picture
====================

What a network has learned is its matrix. Row *i* of it, folded into the shape of the picture, shows
what pixel *i* would like to see: orange where it wants company, purple where it does not.
"""

import matplotlib.pyplot as plt
import numpy as np

from hopopt.memory import AssociativeMemory, letters
from hopopt.plotting import plot_weights

stored = letters("HOPFIELD")
memory = AssociativeMemory("projection").fit(stored)
W = memory.weights_.toarray()
top = np.abs(W).max()

fig, (left, *rows) = plt.subplots(
    1, 4, figsize=(10, 3.2), layout="constrained", width_ratios=[1.5, 1, 1, 1]
)
plot_weights(W, left)
for ax, (y, x) in zip(rows, ((0, 0), (5, 4), (11, 9)), strict=True):
    field = W[10 * y + x].reshape(12, 10)
    ax.imshow(field, cmap="PuOr_r", vmin=-top / 2, vmax=top / 2)
    ax.plot(x, y, "ks", ms=7, fillstyle="none")
    ax.set(title=f"what pixel ({y}, {x}) hears", xticks=[], yticks=[])
