"""Searches: what chooses starts and keeps the best, around networks or without any."""

from __future__ import annotations

from hopopt.search.incumbent import Found, Incumbent, search

__all__ = ["Found", "Incumbent", "search"]
