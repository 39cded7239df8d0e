"""Iterated Lin-Kernighan whose reconnections a dense memory recalls."""

from __future__ import annotations

from problems.tours.linkern.method import KOpt, LinKernighan

__all__ = ["KOpt", "LinKernighan"]
