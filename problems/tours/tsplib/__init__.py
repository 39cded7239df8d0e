"""TSPLIB's files: read instances and tours, and write them.

Distances are rounded as TSPLIB rounds them. Whatever a file asks for and cannot get, such as time
windows, is refused by name rather than dropped.

References
----------
Reinelt, G. (1991). TSPLIB—A traveling salesman problem library. ORSA Journal on Computing 3.
"""

from __future__ import annotations

from problems.tours.tsplib.reading import TSPLIBInstance, read_tour, read_tsplib
from problems.tours.tsplib.sections import TSPLIBError
from problems.tours.tsplib.writing import write_tour, write_tsplib

__all__ = [
    "TSPLIBError",
    "TSPLIBInstance",
    "read_tour",
    "read_tsplib",
    "write_tour",
    "write_tsplib",
]
