"""
A landscape of two units, under every motion
============================================

Two units that encourage each other have two valleys. Every motion of the library leads down to one
of them, and each in its own way: SciPy's solvers follow the flow, exponential Euler takes steps
along it, a majorising step jumps to the minimum of a bound, and updates at zero temperature go from
corner to corner.
"""

import matplotlib.pyplot as plt
import numpy as np

from hopopt import (
    ExponentialEuler,
    Flow,
    LineSearch,
    Majorize,
    Monitor,
    Network,
    Quadratic,
    Tanh,
    Updates,
)

W = np.array([[0.0, 1.0], [1.0, 0.0]])
soft = Network(Quadratic(-W), Tanh(), T=0.5)
side = np.linspace(-0.995, 0.995, 101)
grid = np.stack(np.meshgrid(side, side), -1)
height = soft.lyapunov(soft.state(grid))


def path(motion, network, start):
    """Return the outputs that a motion passes."""
    seen = []

    class Camera(Monitor):
        def step(self, u, *rest):
            seen.append(network.output(np.array(u))[0])

    rest = motion.run(network, start, Camera())
    return np.array([*seen, network.output(rest.u)[0]])


starts = np.array([[-0.9, 0.75], [0.8, -0.5], [0.3, 0.1], [-0.2, -0.6]])
motions = {
    "Flow('RK45')": (Flow("RK45", max_step=0.3), soft),
    "Flow('BDF')": (Flow("BDF"), soft),
    "ExponentialEuler(0.3)": (ExponentialEuler(0.3), soft),
    "Majorize()": (Majorize(), Network(Quadratic(-W - np.eye(2)), Tanh(), T=0.9)),
    "LineSearch(), no leak": (LineSearch(), Network(Quadratic(-W), Tanh(), T=0.5, leak=0.0)),
    "Updates(), T = 0": (Updates(order="fixed"), soft.at(T=0)),
}
fig, axes = plt.subplots(2, 3, figsize=(9, 6), layout="constrained", sharex=True, sharey=True)
for ax, (name, (motion, network)) in zip(axes.flat, motions.items(), strict=True):
    ax.contourf(side, side, height, 24, cmap="viridis")
    for v in starts:
        begin = np.sign(v) if "Updates" in name else v
        ax.plot(
            *path(motion, network, network.state(begin)).T,
            ".-",
            color="w" if network.T else "C1",
            lw=1.2,
            ms=5,
        )
    ax.set(title=name, aspect="equal", xlim=(-1.08, 1.08), ylim=(-1.08, 1.08))

# %%
# The contours are E of the first network, with the leak's share; without it the valleys would lie
# in the corners, as they do for the network without a leak.
