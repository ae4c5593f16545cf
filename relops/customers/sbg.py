"""The shifted beta-geometric model of contracts: at each renewal a customer leaves with an own chance, which is
beta-distributed among customers.

Fader and Hardie (2007), "How to project customer retention", Journal of Interactive Marketing 21, 76-90; (2010),
"Customer-base valuation in a contractual setting: the perils of ignoring heterogeneity", Marketing Science 29,
85-93. Parameters alpha and beta; time is counted in contract periods, whatever their length.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma, polygamma

from relops.customers.beta_quadrature import mean_over_stopping
from relops.customers.weighted import weighted_sum
from relops.errors import BadInput, Problem

PARAMETERS = ("alpha", "beta")


def survivor_counts(cohorts: Sequence[Sequence[float]]) -> pd.DataFrame:
    """Return what cohorts tell: periods, lost (whether the customers left at the end of that many periods, or were
    still there), customers. Each cohort lists its customers at the start and after each period observed.

    Raises BadInput with every cohort that grows, is empty, or was not observed for a period.
    """
    problems, rows = [], []
    for number, cohort in enumerate(cohorts, 1):
        counts = np.asarray(cohort, float)
        fine = len(counts) > 1 and np.isfinite(counts).all() and counts[0] > 0 and (np.diff(counts) <= 0).all()
        if not (fine and counts[-1] >= 0):
            problems.append(Problem("customers.sbg_cohort", f"cohort {number}", {
                "counts": ", ".join(f"{count:g}" for count in counts)}))
            continue
        rows += [(period, True, lost) for period, lost in enumerate(-np.diff(counts), 1)]
        rows.append((len(counts) - 1, False, counts[-1]))
    if problems:
        raise BadInput(problems)
    frame = pd.DataFrame(rows, columns=["periods", "lost", "customers"])
    distinct = frame.groupby(["periods", "lost"], as_index=False)["customers"].sum()
    return distinct[distinct["customers"] > 0].reset_index(drop=True)


def log_likelihood(alpha: float, beta: float, periods: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Return the log-probability of leaving at the end of ``periods`` (where ``lost``) or of staying longer."""
    gone = np.asarray(lost, float)
    return betaln(alpha + gone, beta + np.asarray(periods, float) - gone) - betaln(alpha, beta)


def survival(alpha: float, beta: float, periods: np.ndarray, renewed: np.ndarray | float = 0) -> np.ndarray:
    """Return the probability that a customer who has ``renewed`` so many times stays for ``periods`` more:
    S(renewed + periods) / S(renewed), which for a customer who is there is not S(renewed + periods)."""
    renewed = np.asarray(renewed, float)
    return np.exp(betaln(alpha, beta + renewed + np.asarray(periods, float)) - betaln(alpha, beta + renewed))


def retention(alpha: float, beta: float, period: np.ndarray) -> np.ndarray:
    """Return the share of the customers left who renew at the end of ``period`` (1 is the first)."""
    return (beta + np.asarray(period, float) - 1) / (alpha + beta + np.asarray(period, float) - 1)


def residual_lifetime(alpha: float, beta: float, discount_per_period: float,
                      renewed: np.ndarray | float) -> np.ndarray:
    """Return the renewals expected of a customer who has ``renewed`` so many times and is just about to decide
    again, each discounted, the next not at all (DERL, equation 6 of the 2010 paper).

    Raises ValueError when the discount is not positive.
    """
    if discount_per_period <= 0:
        raise ValueError(f"discount per period = {discount_per_period}, must be positive")
    b = beta + np.atleast_1d(np.asarray(renewed, float))

    def lifetime(p: np.ndarray, shape: np.ndarray, ahead: np.ndarray) -> np.ndarray:
        return (1 - p) * (1 + discount_per_period) / (discount_per_period + p)

    reach = np.full(b.shape, 1 / discount_per_period)
    return mean_over_stopping(lifetime, np.ones_like(b), alpha, b, np.arange(len(b)), reach)


def lifetime(alpha: float, beta: float, discount_per_period: float) -> float:
    """Return the discounted periods expected of a new customer, the first included (DEL)."""
    return 1 + float(residual_lifetime(alpha, beta, discount_per_period, 0)[0]) / (1 + discount_per_period)


class Likelihood:
    """The log-likelihood of distinct rows (:func:`survivor_counts`), with exact derivatives."""

    parameters = PARAMETERS

    def __init__(self, periods: np.ndarray, lost: np.ndarray):
        self.periods, self.lost = np.asarray(periods, float), np.asarray(lost, float)

    def derivatives(self, theta: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the log-likelihood at ``theta`` = (alpha, beta) of rows that occur ``weights`` times, its gradient
        and its Hessian."""
        alpha, beta = theta
        ends = alpha + self.lost, beta + self.periods - self.lost, alpha + beta + self.periods
        starts = alpha, beta, alpha + beta
        slope = [weighted_sum(weights, digamma(end) - digamma(start))
                 for end, start in zip(ends, starts, strict=True)]
        curve = [weighted_sum(weights, polygamma(1, end) - polygamma(1, start))
                 for end, start in zip(ends, starts, strict=True)]
        value = weighted_sum(weights, log_likelihood(alpha, beta, self.periods, self.lost))
        return value, np.array(slope[:2]) - slope[2], np.diag(curve[:2]) - curve[2]
