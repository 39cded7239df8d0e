"""What a travelling salesman is not asked to do, and who does it instead."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["pointer", "refuse"]

ROUTING = "PyVRP and OR-Tools route vehicles under such constraints"
ORDERING = "OR-Tools and LKH-3 keep such an order"

ELSEWHERE = {
    "time_windows": ROUTING,
    "time_window": ROUTING,
    "service_times": ROUTING,
    "service_time": ROUTING,
    "capacity": ROUTING,
    "capacities": ROUTING,
    "demand": ROUTING,
    "demands": ROUTING,
    "depot": ROUTING,
    "depots": ROUTING,
    "vehicles": ROUTING,
    "salesmen": ROUTING,
    "distance": ROUTING,
    "cvrp": ROUTING,
    "vrptw": ROUTING,
    "tsptw": ROUTING,
    "precedence": ORDERING,
    "precedences": ORDERING,
    "sop": ORDERING,
}


def pointer(name: str) -> str | None:
    """Return which tools know a constraint, by its option's or its TSPLIB section's name.

    Examples
    --------
    >>> pointer("TIME_WINDOW_SECTION")
    'PyVRP and OR-Tools route vehicles under such constraints'
    """
    return ELSEWHERE.get(name.lower().removesuffix("_section"))


def refuse(options: Iterable[str]) -> None:
    """Refuse options that a `TSP` does not take, with a pointer to a tool that does.

    Raises
    ------
    TypeError
        If there are any.
    """
    for name in options:
        elsewhere = pointer(name)
        hint = f": {elsewhere}" if elsewhere else ""
        raise TypeError(f"TSP takes no option {name!r}{hint}")
