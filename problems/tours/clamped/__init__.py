"""Clamped relaxation: the network of a tour, relaxed window by window."""

from __future__ import annotations

from problems.tours.clamped.method import Clamped

__all__ = ["Clamped"]
