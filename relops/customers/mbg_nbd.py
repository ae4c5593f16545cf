"""The MBG/NBD model: BG/NBD with a first chance of stopping already after the first purchase.

Batislam, Denizel and Filiztekin (2007), "Empirical validation and comparison of models for customer base
analysis", International Journal of Research in Marketing 24, 201-209; Hoppe and Wagner (2007), "Customer base
analysis: the case for a central variant of the Betageometric/NBD model", Marketing ZFP 3, 75-90. So a
customer without a repeat purchase may have stopped too, and P(alive) answers "how many are active".
Parameters as in BG/NBD.
"""

from __future__ import annotations

import numpy as np

from relops.customers import bg_nbd
from relops.customers.outlook import Cases, StoppingProcess

PARAMETERS = bg_nbd.PARAMETERS


def log_likelihood(r: float, alpha: float, a: float, b: float, frequency: np.ndarray, recency: np.ndarray,
                   T: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each history."""
    return bg_nbd.log_likelihood(r, alpha, a, b, frequency, recency, T, early=1)


def probability_alive(r: float, alpha: float, a: float, b: float, frequency: np.ndarray, recency: np.ndarray,
                      T: np.ndarray) -> np.ndarray:
    """Return the probability that a customer is still active at T."""
    return bg_nbd.probability_alive(r, alpha, a, b, frequency, recency, T, early=1)


def process(r: float, alpha: float, a: float, b: float, cases: Cases) -> StoppingProcess:
    """Return how customers who are active at T go on buying: having passed the first chance of stopping, as
    in BG/NBD."""
    return bg_nbd.process(r, alpha, a, b, cases, early=1)


class Likelihood(bg_nbd.Likelihood):
    """The log-likelihood of distinct histories as a function of the parameters, with exact derivatives."""

    early = 1
