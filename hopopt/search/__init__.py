"""Searches: what chooses starts and keeps the best, around networks or without any."""

from __future__ import annotations

from hopopt.search.incumbent import Found, Incumbent, search
from hopopt.search.tabu import Moves, TabuSearch

__all__ = ["Found", "Incumbent", "Moves", "TabuSearch", "search"]
