"""What is said of the terms revenue comes on: discount, membership, earned growth, and the worth of a point."""

from __future__ import annotations

from relops.customers.availability import or_missing
from relops.customers.diagnosis.terms import DiscountDependence, EarnedGrowth, Membership, RetentionWorth
from relops.customers.saying import Said, lacking
from relops.exhibits import Evidence, Finding, Missing
from relops.store import MIN_PEOPLE, MIN_PEOPLE_FOR_RATE

POINTS_PER_UNIT = 100


@or_missing("diagnosis.discount.missing", "customers.measure.discount")
def say_discount(result: DiscountDependence, currency: str) -> Said:
    """Say what share of revenue comes at a discount, and how many customers never pay full price."""
    if result.revenue_share.n < MIN_PEOPLE_FOR_RATE or result.revenue_share.low is None:
        return [lacking("diagnosis", "M8", "discount", "orders.discount")]
    money, n = f"money:{currency}", result.revenue_share.n
    numbers = {
        "share": result.revenue_share.evidence("diagnosis.discount.revenue_share", "share"),
        "revenue": Evidence("diagnosis.discount.revenue", result.revenue, money, n=n),
        "given": Evidence("diagnosis.discount.given", result.given, money, n=n)}
    said: Said = [Finding("diagnosis.discount.finding", "customers.finding.discount", numbers,
                          worth=numbers["given"])]
    only = result.discount_only
    if only is not None and only.n >= MIN_PEOPLE_FOR_RATE and result.discount_only_customers >= MIN_PEOPLE:
        said.append(Finding("diagnosis.discount_only.finding", "customers.finding.discount_only", {
            "customers": Evidence("diagnosis.discount.only_customers", result.discount_only_customers, "customers",
                                  n=only.n),
            "share": only.evidence("diagnosis.discount.only_share", "share")}))
    return said


@or_missing("diagnosis.membership.missing", "customers.measure.membership")
def say_membership(result: Membership) -> Said:
    """Say what members bring and, beside others, whether they come back: an association (M3), not an effect."""
    if result.share.n < MIN_PEOPLE_FOR_RATE or result.share.low is None:
        return [lacking("diagnosis", "M8", "membership", "customers.member_since")]
    said: Said = [Finding("diagnosis.membership.finding", "customers.finding.membership", {
        "share": result.share.evidence("diagnosis.membership.revenue_share", "share")})]
    sides = (result.members, result.others)
    if result.difference is None or any(side.n < MIN_PEOPLE_FOR_RATE for side in sides):
        return said
    gap = result.difference
    numbers = {
        "window": Evidence("diagnosis.second_purchase.window", result.window_days, "days", tag="A"),
        "cut": Evidence("diagnosis.membership.cut", result.cut, "date"),
        "members": result.members.evidence("diagnosis.membership.members", "share"),
        "others": result.others.evidence("diagnosis.membership.others", "share"),
        "difference": Evidence("diagnosis.membership.difference", gap.value * POINTS_PER_UNIT, "points",
                               gap.low * POINTS_PER_UNIT, gap.high * POINTS_PER_UNIT, gap.level, gap.n)}
    message = "membership_return" if gap.low > 0 or gap.high < 0 else "membership_return_level"
    return [*said, Finding("diagnosis.membership_return.finding", f"customers.finding.{message}", numbers, code="M3")]


@or_missing("diagnosis.earned_growth.missing", "customers.measure.earned_growth")
def say_earned_growth(result: EarnedGrowth, currency: str) -> Said:
    """Say the earned growth rate and its two parts."""
    if result.rate.n < MIN_PEOPLE_FOR_RATE or result.new_customers < MIN_PEOPLE_FOR_RATE or result.rate.low is None:
        return [lacking("diagnosis", "M8", "earned_growth", "customers.acquisition_channel")]
    numbers = {
        "rate": result.rate.evidence("diagnosis.earned_growth.rate", "share"),
        "retained": result.retained.evidence("diagnosis.earned_growth.retained", "share"),
        "earned": Evidence("diagnosis.earned_growth.earned_new", result.earned_share, "share", n=result.rate.n),
        "revenue": Evidence("diagnosis.earned_growth.revenue", result.earned_revenue, f"money:{currency}",
                            n=result.earned_customers),
        "known": result.reason_share.evidence("diagnosis.earned_growth.reason_known", "share")}
    return [Finding("diagnosis.earned_growth.finding", "customers.finding.earned_growth", numbers)]


@or_missing("diagnosis.retention_worth.missing", "customers.measure.retention_worth")
def say_retention_worth(result: RetentionWorth, currency: str) -> Said:
    """Say what one more point of yearly retention is worth, in margin, or in revenue named so."""
    if result.retention.n < MIN_PEOPLE_FOR_RATE:
        return [lacking("diagnosis", "M8", "retention_worth")]
    money = f"money:{currency}"
    numbers = {
        "retention": result.retention.evidence("diagnosis.retention_worth.retention", "share"),
        "yearly": result.yearly_value.evidence("diagnosis.retention_worth.yearly", money),
        "customers": Evidence("diagnosis.retention_worth.customers", result.customers, "customers",
                              n=result.customers),
        "rate": Evidence("diagnosis.retention_worth.discount_rate", result.discount_rate, "share", tag="B"),
        "worth": result.worth.evidence("diagnosis.retention_worth.point", money)}
    if result.margin_rate is not None:
        numbers["margin"] = Evidence("diagnosis.retention_worth.margin_rate", result.margin_rate, "share",
                                     tag=result.margin_tag)
    said: list[Finding | Missing | Evidence] = [Finding(
        "diagnosis.retention_worth.finding", f"customers.finding.worth_{result.measure}", numbers,
        worth=numbers["worth"])]
    if result.margin_rate is None:
        said.append(Missing("diagnosis.retention_margin.missing", "M1", "orders.margin",
                            "customers.measure.retention_margin"))
    return said
