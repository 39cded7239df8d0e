"""
An assignment network relaxing
==============================

A tour as a doubly stochastic matrix, cooled from the critical temperature: at first every city is
everywhere, at the end each is at one place. The rows are sorted by the tour found at the end, so
that a tour is the diagonal.
"""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

from hopopt import minimize
from hopopt.plotting import Recorder
from problems import TSP

problem, recorder = TSP.load("random-16"), Recorder(limit=20)
result = minimize(
    problem, "assignment", solver="exponential-euler", restarts=1, rng=0, callback=recorder
)
frames = recorder.frames[::4]
fig, ax = plt.subplots(figsize=(4.6, 4.4))


def draw(k):
    ax.clear()
    problem.plot_output(frames[k].output, ax=ax, reference=frames[-1].output)
    ax.set_title(f"T = {frames[k].T:.3g}")


film = FuncAnimation(fig, draw, len(frames), interval=150)
