"""
A ring relaxing around cities
=============================

The elastic net of Durbin and Willshaw as a Hopfield network: units of a chain, drawn to the cities,
which compete for them. As the temperature falls the ring goes from its middle to a tour.
"""

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

from hopopt import minimize
from hopopt.plotting import Recorder
from problems import TSP

problem, recorder = TSP.load("random-40"), Recorder(limit=20)
result = minimize(problem, "ring", solver="majorize", restarts=1, rng=0, callback=recorder)
frames = recorder.frames[::3]

fig, ax = plt.subplots(figsize=(4.6, 4.4))


def draw(k):
    ax.clear()
    problem.plot_output(frames[k].output, ax=ax)
    ax.set(title=f"T = {frames[k].T:.3f}", xticks=[], yticks=[], xlabel="", ylabel="")


film = FuncAnimation(fig, draw, len(frames), interval=150)
