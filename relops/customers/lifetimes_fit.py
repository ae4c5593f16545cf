"""The fitters of lifetimes, without what importing and running them does to the session around.

lifetimes sets a pandas option and a global warning filter when imported, and prints when a fit fails.
"""

from __future__ import annotations

import contextlib
import io
import warnings

import numpy as np
import pandas as pd

OPTION = "mode.chained_assignment"

with warnings.catch_warnings():
    # pandas 3 deprecates the option that lifetimes sets; older ones let it silence a useful warning for good
    warnings.filterwarnings("ignore", message=f".*{OPTION}.*")
    _before = pd.get_option(OPTION)
    from lifetimes import BetaGeoFitter, GammaGammaFitter
    from lifetimes.utils import ConvergenceError as NotConverged

    pd.set_option(OPTION, _before)

FITTERS = {"bg_nbd": BetaGeoFitter, "gamma_gamma": GammaGammaFitter}


def lifetimes_parameters(model: str, *columns: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    """Return the parameters that lifetimes fits to weighted rows, or None where it does not converge.

    ``model`` is bg_nbd (columns frequency, recency, T) or gamma_gamma (frequency, mean_spend).
    """
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        # the line search may step where logarithms are undefined; the result is checked, steps need not be
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            fitter = FITTERS[model]().fit(*columns, weights=weights)
        except (NotConverged, np.linalg.LinAlgError):
            return None
    found = fitter.params_.to_numpy(float)
    return found if np.isfinite(found).all() and (found > 0).all() else None
