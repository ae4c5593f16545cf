"""What every part of the room asks the engine about purchases: Ibis tables in, small pandas frames out.

``purchases`` holds one row per order record that is no refund (ordered_on, net_amount, customer_id or null);
``purchase_days`` one row per customer and day (day, net amount, orders). Sums run over exact decimals and
leave the engine as floats, so their bytes do not depend on how many threads added them up.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from relops.customers.absence import unless_unavailable


@unless_unavailable
def revenue_summary(purchase_days: ir.Table) -> pd.DataFrame:
    """Return the distinct totals customers have spent: revenue, customers. Sorted by revenue."""
    each = purchase_days.group_by("customer_id").aggregate(revenue=_.amount.sum().cast("float64"))
    return each.group_by("revenue").aggregate(customers=_.count()).order_by("revenue").to_pandas()


@unless_unavailable
def gap_summary(purchase_days: ir.Table) -> pd.DataFrame:
    """Return the completed gaps between a customer's purchase days: gap_days, gaps, and customers (whose first gap
    it was, so that their sum is the number of customers with a gap)."""
    own = {"group_by": purchase_days.customer_id, "order_by": purchase_days.day}
    # the first purchase day has none before it, so its gap is null and falls to the filter
    each = purchase_days.mutate(gap_days=_.day.delta(purchase_days.day.lag().over(**own), unit="day"),
                                number=ibis.row_number().over(**own)).filter(_.gap_days > 0)
    distinct = each.group_by("gap_days").aggregate(gaps=_.count(), customers=(_.number == 1).sum())
    return distinct.order_by("gap_days").to_pandas()
