"""What single customers may do besides what is expected of them: simulated purchases and spend, for prediction
intervals."""

from __future__ import annotations

import numpy as np

from relops.customers.history import CustomerHistory
from relops.customers.models import GammaGamma
from relops.customers.outlook import Outlook

MOST_SIMULATED = 5_000  # customers a group; of more, so many stand for all


class Luck:
    """How far the totals of groups of customers may stray from the expected ones.

    In a small group every customer is simulated. In a large one a random part is, and its deviation is scaled by
    the square root of the sizes: there the total of so many independent customers is near normal.
    """

    def __init__(self, history: CustomerHistory, group_of: np.ndarray, rng: np.random.Generator):
        customers = history.customers.astype(np.int64)
        chosen = []
        self.groups = int(group_of.max()) + 1
        self.scale = np.empty(self.groups)
        for group in range(self.groups):
            rows = np.flatnonzero(group_of == group)
            size = int(customers[rows].sum())
            number = min(size, MOST_SIMULATED)
            picked = customers[rows] if number == size else rng.multivariate_hypergeometric(
                customers[rows], number, method="marginals")
            chosen.append(np.repeat(rows, picked))
            self.scale[group] = np.sqrt(size / number)
        self.rows = np.concatenate(chosen)
        self.group_of = group_of[self.rows]
        self.own_spend = (history.frame["mean_spend"].to_numpy(float) / history.customers)[self.rows]
        self.frequency = history.frequency[self.rows]

    def deviations(self, outlook: Outlook, span: float, purchases: np.ndarray, spend: GammaGamma | None,
                   worth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return by how much purchases (first row) and value (second) of each group differ from the expected ones
        in one simulated future.

        ``purchases`` are those expected of each row, ``worth`` what one unit of money spent by it counts (discount
        and margin).
        """
        bought = outlook.simulate(span, self.rows, rng)
        strayed = np.zeros((2, self.groups))
        strayed[0] = self._by_group(bought - purchases[self.rows])
        if spend is not None:
            mean = spend.expected_spend_of(self.frequency, self.own_spend)
            amounts = spend.simulate(self.frequency, self.own_spend, bought, rng)
            strayed[1] = self._by_group(worth[self.rows] * (amounts - mean * purchases[self.rows]))
        return strayed

    def _by_group(self, each: np.ndarray) -> np.ndarray:
        return np.bincount(self.group_of, each, self.groups) * self.scale
