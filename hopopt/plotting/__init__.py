"""Pictures of any problem: the energy, the outputs, a whole result, and an annealing in motion.

Every function draws on the axes it is given and returns them; without axes it opens a figure in
pyplot. What goes to a file is drawn outside pyplot, so the user's backend and style stay as they
are. `import hopopt` does not import this package, nor matplotlib.
"""

from __future__ import annotations

from hopopt.plotting.animation import Recorder, animate
from hopopt.plotting.energy import plot_energy
from hopopt.plotting.memory import plot_basin, plot_capacity, plot_overlap, plot_unlearning
from hopopt.plotting.names import Names
from hopopt.plotting.networks import plot_landscape, plot_network, plot_weights
from hopopt.plotting.overview import figure
from hopopt.plotting.recalls import (
    animate_recall,
    plot_recall,
    plot_recall_energy,
    recall_figure,
)
from hopopt.plotting.solutions import caption, plot_matrix, plot_output, plot_solution
from hopopt.plotting.style import (
    FAINT,
    HEAT,
    INK,
    OUTPUT,
    OUTPUTS,
    SIGNED_OUTPUTS,
    SOLUTION,
    axes_or_new,
    colorbar,
    headline,
    note,
)

__all__ = [
    "FAINT",
    "HEAT",
    "INK",
    "OUTPUT",
    "OUTPUTS",
    "SIGNED_OUTPUTS",
    "SOLUTION",
    "Names",
    "Recorder",
    "animate",
    "animate_recall",
    "axes_or_new",
    "caption",
    "colorbar",
    "figure",
    "headline",
    "note",
    "plot_basin",
    "plot_capacity",
    "plot_energy",
    "plot_landscape",
    "plot_matrix",
    "plot_network",
    "plot_output",
    "plot_overlap",
    "plot_recall",
    "plot_recall_energy",
    "plot_solution",
    "plot_unlearning",
    "plot_weights",
    "recall_figure",
]
