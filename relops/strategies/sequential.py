"""Looking early without paying for it in false alarms: planned looks with their bounds, and always-valid intervals.

Planned looks spend the error rate along a function of the share of information seen (Lan & DeMets 1983); the bounds
come from the recursion of Armitage, McPherson & Rowe (1969). Taking the cumulative error spent as the level of each
look, as is often done, rejects too often: the looks are not independent. Where no end is planned, the asymptotic
confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2021) holds at every moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

Spending = Literal["obrien_fleming", "pocock"]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(160)
FARTHEST = 12.0  # standard errors; nothing measurable lies beyond


@dataclass(frozen=True, eq=False)
class PlannedLooks:
    """Looks at shares of the information, each with the bound that |z| must pass to stop.

    ``information`` ascends and ends at one; ``bounds`` are in standard errors; ``spent`` is the two-sided error used
    up to each look.
    """

    information: np.ndarray
    bounds: np.ndarray
    spent: np.ndarray
    alpha: float
    spending: str

    def nominal_alpha(self) -> np.ndarray:
        """Return the two-sided level that each look by itself tests at."""
        return 2 * norm.sf(self.bounds)

    def crossing(self, drift: float) -> np.ndarray:
        """Return the probability of stopping at each look when z has mean ``drift`` at full information."""
        walk, left = Walk(drift), []
        for share, bound in zip(self.information, self.bounds, strict=True):
            left.append(walk.leaving(share, bound))
            walk.go_on(share, bound)
        return np.array(left)

    def power(self, drift: float) -> float:
        """Return the probability of stopping at any look."""
        return float(self.crossing(drift).sum())

    def drift_for(self, power: float) -> float:
        """Return the mean of z at full information that is found with ``power``."""
        return float(brentq(lambda drift: self.power(drift) - power, 0.0, FARTHEST, xtol=1e-10))

    def inflation(self, power: float) -> float:
        """Return how many times the sample of a test without looks is needed for the same power."""
        return (self.drift_for(power) / (norm.isf(self.alpha / 2) + norm.ppf(power))) ** 2


def plan_looks(information: Sequence[float] | int, alpha: float = 0.05, spending: Spending = "obrien_fleming",
               times: Sequence[float] | None = None) -> PlannedLooks:
    """Return the bounds of planned looks: at these shares of the information, or so many equal steps.

    ``times`` are the shares of the planned time gone by at each look, where the error is spent by the calendar; the
    information may then be that of the looks so far (Lan & DeMets 1989). Raises ValueError when the shares do not
    ascend from above zero to one or alpha lies outside (0, 1).
    """
    shares = np.arange(1, information + 1) / information if isinstance(information, int) else np.array(information)
    if not len(shares) or shares[0] <= 0 or np.any(np.diff(shares) <= 0) or not np.isclose(shares[-1], 1):
        raise ValueError(f"information = {list(shares)}: the shares must ascend from above zero to one")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha = {alpha}, must lie between 0 and 1")
    if spending not in get_args(Spending):
        raise ValueError(f"spending = {spending!r}, must be one of {', '.join(get_args(Spending))}")
    spent = spend(shares if times is None else np.asarray(times), alpha, spending)
    walk, bounds = Walk(), []
    for share, error in zip(shares, np.diff(spent, prepend=0.0), strict=True):
        bounds.append(walk.bound(share, error))
        walk.go_on(share, bounds[-1])
    return PlannedLooks(shares, np.array(bounds), spent, alpha, spending)


def spend(information: np.ndarray, alpha: float, spending: Spending) -> np.ndarray:
    """Return the two-sided error spent up to each share of information (Lan & DeMets 1983), half on each side."""
    side = alpha / 2
    if spending == "pocock":
        return 2 * side * np.log(1 + (np.e - 1) * information)
    return 2 * 2 * norm.sf(norm.isf(side / 2) / np.sqrt(information))


class Walk:
    """Where z times the root of the information stands among tests not stopped yet: its steps are independent."""

    def __init__(self, drift: float = 0.0):
        self.drift, self.information = drift, 0.0
        self.places, self.mass = np.zeros(1), np.ones(1)

    def leaving(self, information: float, bound: float) -> float:
        """Return the probability of passing ``bound`` on either side at the next look."""
        centre, width, edge = self._step(information, bound)
        return float(self.mass @ (norm.sf((edge - centre) / width) + norm.cdf((-edge - centre) / width)))

    def bound(self, information: float, error: float) -> float:
        """Return the bound at the next look that is passed with probability ``error``."""
        def excess(bound: float) -> float:
            return self.leaving(information, bound) - error

        return float(brentq(excess, 0.0, FARTHEST, xtol=1e-12)) if excess(FARTHEST) < 0 else FARTHEST

    def go_on(self, information: float, bound: float) -> None:
        """Pass the next look without stopping."""
        centre, width, edge = self._step(information, bound)
        places = edge * NODES
        density = norm.pdf((places[:, None] - centre) / width) / width
        self.mass, self.places, self.information = density @ self.mass * (edge * WEIGHTS), places, information

    def _step(self, information: float, bound: float) -> tuple[np.ndarray, float, float]:
        step = information - self.information
        return self.places + self.drift * step, np.sqrt(step), bound * np.sqrt(information)


def sequence_half_width(standard_error: np.ndarray | float, n: np.ndarray | float, alpha: float,
                        tuned_at: float) -> np.ndarray:
    """Return the half width of an always-valid interval around an estimate on ``n`` subjects.

    It is narrowest near ``tuned_at`` subjects, to be fixed before the first look. ``standard_error`` is that of the
    estimate on these ``n`` subjects.
    """
    n = np.asarray(n, float)
    log = -2 * np.log(alpha)
    rho2 = (log + np.log(log + 1)) / tuned_at
    return np.asarray(standard_error) * np.sqrt(2 * (n * rho2 + 1) / (n * rho2) * np.log(np.sqrt(n * rho2 + 1) / alpha))


def sequence_p_value(z: np.ndarray | float, n: np.ndarray | float, tuned_at: float, alpha: float) -> np.ndarray:
    """Return the smallest alpha at which an always-valid interval tuned for ``alpha`` excludes zero, at most one."""
    n = np.asarray(n, float)
    log = -2 * np.log(alpha)
    scale = n * (log + np.log(log + 1)) / tuned_at
    return np.minimum(1.0, np.sqrt(scale + 1) * np.exp(-np.square(z) * scale / (2 * (scale + 1))))
