"""What all pictures share: colours, axes, titles.

Blue is a solution, vermilion a network's outputs; temperature runs from violet (cold) to orange
(hot). Colour-blind readers tell these apart (Wong, "Color blindness", Nature Methods 8, 2011).
"""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap

SOLUTION = "#0072B2"
OUTPUT = "#D55E00"
INK = "#333333"
FAINT = "#BBBBBB"
SHADE = "#F2F2F2"
HEAT = ListedColormap(colormaps["plasma"](np.linspace(0.1, 0.8, 256)), "heat")
OUTPUTS: Colormap = colormaps["Oranges"]
SIGNED_OUTPUTS: Colormap = colormaps["PuOr_r"]


def axes_or_new(ax: Axes | None) -> Axes:
    """Return the axes given, or those of a new pyplot figure, with a quiet frame.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> axes_or_new(ax) is ax
    True
    """
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(layout="constrained")
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be matplotlib Axes or None; got {type(ax).__name__}")
    ax.spines[:].set_color(FAINT)
    ax.tick_params(color=FAINT, labelcolor=INK, labelsize="small")
    return ax


def note(ax: Axes, text: str) -> None:
    """Write a small title.

    Parameters
    ----------
    ax : Axes
    text : str

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> note(ax, "a tour")
    >>> ax.get_title()
    'a tour'
    """
    ax.set_title(text, fontsize="small", color=INK)


def colorbar(ax: Axes, mappable: ScalarMappable, symbol: str) -> None:
    """Draw a colorbar beside the axes, under its symbol; it goes when they are cleared.

    Parameters
    ----------
    ax : Axes
    mappable : ScalarMappable
        The image or the lines whose colours it explains.
    symbol : str

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> colorbar(ax, ax.imshow([[0, 1]]), "v")
    >>> ax.child_axes[0].get_title()
    'v'
    """
    side = ax.inset_axes((1.03, 0, 0.035, 1))
    ax.figure.colorbar(mappable, cax=side)
    side.spines[:].set_visible(False)
    side.tick_params(color=FAINT, labelcolor=INK, labelsize="x-small", which="both")
    side.set_title(symbol, fontsize="small", color=INK, style="italic")


def headline(instance: str, cost: float, gap: float | None, *more: str, unit: str = "") -> str:
    """Return one line about a solution; `gap` is a fraction above the optimum.

    Parameters
    ----------
    instance : str
    cost : float
        Infinite for what is no solution.
    gap : float or None
        As a fraction above the optimum; None where that is unknown.
    *more : str
        What comes after the instance.
    unit : str, optional
        Of the cost.

    Examples
    --------
    >>> headline("berlin52", 7716.0, 7716 / 7542 - 1, "n = 52")
    'berlin52 · n = 52 · cost 7716 · gap 2.31 %'
    """
    if not np.isfinite(cost):
        return " · ".join((instance, *more, "not a solution"))
    number = f"{cost:,.0f}" if abs(cost) >= 1e5 else f"{cost:.6g}"
    parts = [instance, *more, f"cost {number} {unit}".rstrip()]
    if gap is not None:
        parts.append("optimal" if gap == 0 else f"gap {100 * gap:.2f} %")
    return " · ".join(parts)
