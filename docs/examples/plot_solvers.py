"""
Six solvers and their work
==========================

One memory of sixty units, one cue, at three gains. What a solver costs is how often it asks for the
field; implicit solvers ask for the Jacobian as well, which is not counted. All end at the same E.
"""

import matplotlib.pyplot as plt
import numpy as np

from hopopt import ExponentialEuler, Flow, Monitor, Network, Quadratic, Tanh

rng = np.random.default_rng(0)
patterns = rng.choice([-1, 1], (6, 60))
weights = patterns.T @ patterns / 60 - 0.1 * np.eye(60)
cue = 0.9 * np.where(rng.random(60) < 0.2, -patterns[0], patterns[0])
motions = [Flow(name) for name in ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")] + [
    ExponentialEuler()
]
temperatures = (0.5, 0.1, 0.02)
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
for k, T in enumerate(temperatures):
    network = Network(Quadratic(-weights), Tanh(), T=T)
    rests = [motion.run(network, network.state(cue), Monitor()) for motion in motions]
    ends = [float(network.lyapunov(rest.u)) for rest in rests]
    print(f"T = {T}: E from {min(ends):.5f} to {max(ends):.5f}")
    ax.bar(np.arange(7) + 0.27 * (k - 1), [rest.nfev for rest in rests], 0.25, label=f"T = {T}")
ax.set_xticks(range(7), [motion.name for motion in motions], rotation=20)
ax.set(ylabel="evaluations of the field", yscale="log")
ax.legend(frameon=False)
