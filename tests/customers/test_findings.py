import datetime
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from relops.customers import checks
from relops.customers.diagnosis import bridge, cohorts, concentration, figures, findings, seasonality, tables
from relops.customers.diagnosis import summary as ask
from relops.customers.order_summary import gap_summary, revenue_summary
from relops.customers.rfm import figures as rfm_figures
from relops.customers.rfm import findings as rfm_findings
from relops.customers.rfm import groups as rfm_groups
from relops.customers.rfm import scores as rfm_scores
from relops.customers.rfm import summary as rfm_summary
from relops.customers.rfm import tables as rfm_tables
from relops.exhibits import Figure, Finding, Missing, Table, describe, plain, render_finding, render_sentence
from relops.store import suppress_table
from relops.style import use_style

DAY = datetime.date
DATA_END = DAY(2024, 12, 31)
CURRENCY = "CNY"


def diagnose(bought) -> dict:
    """All results of the diagnosis, as the notebook asks for them."""
    days, daily = bought.purchase_days, ask.daily_summary(bought.purchases)
    by_cohort = ask.cohort_summary(days)
    windows = bridge.comparison_windows(bought.data_start, bought.data_end)
    return {
        "months": cohorts.monthly_revenue(daily, ask.order_value_summary(bought.purchases), bought.data_start,
                                          bought.data_end, cohorts=by_cohort),
        "repeat": cohorts.repeat_rate(ask.frequency_summary(days)),
        "later": cohorts.later_revenue(ask.first_purchase_summary(days)),
        "second": cohorts.second_purchase(ask.second_purchase_summary(days, bought.data_end), 90),
        "kept": cohorts.retention(by_cohort, bought.data_end),
        "flow": bridge.revenue_bridge(ask.movement_summary(days, windows), daily, windows),
        "spread": concentration.concentration(revenue_summary(days)),
        "rhythm": seasonality.seasonality(daily, bought.data_start, bought.data_end),
    }


def say_all(results: dict) -> list:
    return [
        *findings.say_revenue(results["months"], CURRENCY), *findings.say_repeat_rate(results["repeat"]),
        *findings.say_later_revenue(results["later"], CURRENCY),
        *findings.say_second_purchase(results["second"]), *findings.say_retention(results["kept"]),
        *findings.say_bridge(results["flow"], CURRENCY),
        *findings.say_concentration(results["spread"], CURRENCY),
        *findings.say_seasonality(results["rhythm"], CURRENCY),
    ]


def draw_all(results: dict) -> list[Figure]:
    return [
        *figures.plot_revenue(results["months"], CURRENCY), *figures.plot_bridge(results["flow"], CURRENCY),
        *figures.plot_retention(results["kept"]), *figures.plot_concentration(results["spread"], CURRENCY),
        *figures.plot_seasonality(results["rhythm"]),
    ]


def tabulate_all(results: dict) -> list[Table]:
    return [
        *tables.tabulate_revenue(results["months"], CURRENCY), *tables.tabulate_bridge(results["flow"], CURRENCY),
        *tables.tabulate_retention(results["kept"]),
        *tables.tabulate_concentration(results["spread"], CURRENCY),
        *tables.tabulate_seasonality(results["rhythm"], CURRENCY),
    ]


def segment(bought, segments=None, settings=None, bins=5) -> dict:
    """All results of RFM, as the notebook asks for them."""
    days = bought.purchase_days
    histories, gaps = rfm_summary.recency_frequency_summary(days, bought.data_end), gap_summary(days)
    rules = rfm_groups.group_rules(gaps, segments or SimpleNamespace(), settings or {})
    cuts = rfm_scores.cut_points(histories, revenue_summary(days), rfm_scores.cut_rules(bins), settings or {})
    scores = rfm_summary.score_summary(days, bought.data_end, cuts)
    return {"histories": histories, "gaps": gaps, "rules": rules, "cuts": cuts, "scores": scores,
            "groups": rfm_groups.customer_groups(histories, rules), "by_score": rfm_scores.score_table(scores, cuts)}


def say_rfm(results: dict) -> list:
    return [
        *rfm_findings.say_base(results["histories"], results["gaps"]),
        *rfm_findings.say_rulers(results["rules"]), *rfm_findings.say_groups(results["groups"], CURRENCY),
        *rfm_findings.say_scores(results["by_score"], results["cuts"]),
    ]


def draw_rfm(results: dict) -> list[Figure]:
    return [*rfm_figures.plot_gaps(results["gaps"], results["rules"]),
            *rfm_figures.plot_groups(results["groups"], CURRENCY),
            *rfm_figures.plot_scores(results["scores"], results["cuts"])]


def tabulate_rfm(results: dict) -> list[Table]:
    return [*rfm_tables.tabulate_rules(results["rules"]), *rfm_tables.tabulate_groups(results["groups"], CURRENCY),
            *rfm_tables.tabulate_scores(results["by_score"], results["cuts"], CURRENCY)]


@pytest.fixture(scope="module")
def three_years(make_purchases):
    """Three years of 400 customers with a season, some anonymous orders, and a partial last month."""
    rng = np.random.default_rng(11)
    rows = []
    for customer in range(400):
        day = DAY(2022, 1, 1) + datetime.timedelta(int(rng.integers(0, 800)))
        while day <= DAY(2024, 12, 20):
            amount = round(float(rng.gamma(2, 40)) * (2 if day.month == 11 else 1), 2)
            rows.append((None if rng.random() < 0.05 else f"c{customer}", day, amount))
            day += datetime.timedelta(int(rng.exponential(70)) + 1)
    return make_purchases(rows, DAY(2024, 12, 20))


@pytest.fixture(scope="module")
def diagnosis(three_years):
    return diagnose(three_years)


@pytest.fixture(scope="module")
def few(make_purchases):
    """Twelve customers, one order each, in two months."""
    return make_purchases([(f"c{n}", DAY(2024, 1, 1) + datetime.timedelta(5 * n), 10 + n) for n in range(12)],
                          DAY(2024, 2, 29))


def by_id(exhibits) -> dict:
    return {exhibit.id: exhibit for exhibit in exhibits}


def text_of(finding: Finding, language: str) -> str:
    return plain(render_finding(finding, language)).replace("\xa0", " ")


def test_every_number_is_declared_in_its_unit(diagnosis, sample):
    said = [*say_all(diagnosis), *say_rfm(segment(sample))]
    records = [record for exhibit in said for record in (
        exhibit.evidence if isinstance(exhibit, Finding) else exhibit.numbers.values())]
    assert len(records) > 60
    for record in records:
        assert describe(record.id)["unit"] == record.unit.split(":")[0], record.id


def test_two_years_leave_nothing_unsaid(diagnosis):
    said = by_id(say_all(diagnosis))
    assert not [exhibit for exhibit in said.values() if isinstance(exhibit, Missing)]
    assert {"diagnosis.season.finding", "diagnosis.bridge.finding", "diagnosis.anonymous.finding"} <= set(said)
    season = text_of(said["diagnosis.season.finding"], "en")
    assert "peaks in Nov" in season
    assert "高点在十一月" in text_of(said["diagnosis.season.finding"], "zh")


def test_sentences_read_the_same_numbers_in_both_languages(diagnosis, sample):
    for exhibit in [*say_all(diagnosis), *say_rfm(segment(sample))]:
        runs = {language: render_finding(exhibit, language) for language in ("zh", "en")}
        refs = {language: {run.ref for run in found if run.kind == "evidence"}
                for language, found in runs.items()}
        assert refs["zh"] == refs["en"], exhibit.id
        assert "{" not in plain(runs["zh"]) + plain(runs["en"])


def test_sentences_of_the_cdnow_sample(sample):
    said = by_id([*say_all(diagnose(sample)), *say_rfm(segment(sample))])
    assert text_of(said["diagnosis.repeat_rate.finding"], "en") == (
        "946 customers of 2,357 bought on at least two days: a repeat rate of 40.1% "
        "(95% interval 38.2% to 42.1%).")
    assert text_of(said["rfm.dormant.finding"], "zh") == (
        "沉睡者 283 人（12.0%，95% 区间 10.8% 至 13.4%，n = 2,357）累计消费 CNY 33,504，占收入的 19.4%；"
        "一半以上距最近购买已有 114 天。")
    assert said["diagnosis.bridge.finding"].words["direction"] == "customers.direction.down"
    assert said["diagnosis.yearly_bridge.missing"].code == "M2"
    assert said["diagnosis.season.missing"].numbers["found"].value == 9


def test_worth_is_money_and_never_that_of_the_churned(sample):
    said = by_id([*say_all(diagnose(sample)), *say_rfm(segment(sample))])
    worth = {key: round(exhibit.worth.value, 2) for key, exhibit in said.items()
             if isinstance(exhibit, Finding) and exhibit.worth}
    assert worth == {
        "diagnosis.later_revenue.finding": 95355.60, "diagnosis.bridge.finding": 16606.43,
        "diagnosis.concentration.finding": 81193.12, "rfm.loyal.finding": 60293.73,
        "rfm.riser.finding": 5882.18, "rfm.dormant.finding": 33504.20}


def test_a_project_without_orders_says_so_everywhere():
    nothing = SimpleNamespace(purchases=None, purchase_days=None, data_start=None, data_end=None)
    said = [*say_all(diagnose(nothing)), *say_rfm(segment(nothing))]
    assert len(said) == 10
    assert {exhibit.code for exhibit in said} == {"M1"}
    assert {exhibit.field for exhibit in said} == {"orders", "orders.customer_id"}
    assert draw_all(diagnose(nothing)) + draw_rfm(segment(nothing)) == []
    assert tabulate_all(diagnose(nothing)) + tabulate_rfm(segment(nothing)) == []
    assert checks.check_rfm(*(segment(nothing)[key] for key in ("groups", "scores", "by_score"))) == {}


def test_few_people_get_codes_and_no_rates(few):
    said = by_id([*say_all(diagnose(few)), *say_rfm(segment(few))])
    codes = {key: exhibit.code for key, exhibit in said.items() if isinstance(exhibit, Missing)}
    assert codes == {
        "diagnosis.repeat_rate.missing": "M8", "diagnosis.later_revenue.missing": "M8",
        "diagnosis.second_purchase.missing": "M2", "diagnosis.retention.missing": "M8",
        "diagnosis.yearly_bridge.missing": "M2", "diagnosis.concentration.missing": "M8",
        "diagnosis.season.missing": "M2", "rfm.groups.missing": "M2"}
    assert said["rfm.groups.missing"].numbers["found"].value == 0


def test_limits_from_the_brief_work_without_any_gap(few):
    results = segment(few, SimpleNamespace(r1_days=30, r2_days=60, f_star=2))
    said = by_id(say_rfm(results))
    assert said["rfm.rulers.finding"].message.endswith("rulers_without_gaps")
    assert said["rfm.rulers.finding"].numbers["r1"].tag == "B"
    assert results["groups"].row("riser")["customers"] == 6
    assert (said["rfm.group.riser.customers"].value, said["rfm.group.riser.customers"].tag) == (None, "N")
    assert said["rfm.groups.missing"].code == "M8"
    assert rfm_tables.tabulate_groups(results["groups"], CURRENCY)[0].frame["share"].isna().all()


def test_moved_limits_are_told_beside_the_frozen_ones(sample):
    said = by_id(say_rfm(segment(sample, settings={"rfm.r1_days": 70.0, "rfm.r2_days": 150.0})))
    sentence = text_of(said["rfm.rulers_moved.finding"], "en")
    assert "77 days and 164 days" in sentence
    assert "70 days and 150 days" in sentence
    assert "rfm.rulers_moved.finding" not in by_id(say_rfm(segment(sample)))


def test_a_group_of_nobody_is_said_without_a_verdict(make_purchases):
    rows = [(f"c{n}", DAY(2024, 1, 1) + datetime.timedelta(10 * step), 5) for n in range(40) for step in range(3)]
    said = by_id(say_rfm(segment(make_purchases(rows, DAY(2024, 1, 25)))))
    assert text_of(said["rfm.dormant.finding"], "en").startswith("Dormant: 0 customers, 0.0% of all")
    assert said["rfm.dormant.finding"].worth is None


def test_a_group_of_few_people_gives_away_neither_count_nor_share(make_purchases):
    rows = [(f"c{n}", DAY(2024, 1, 1) + datetime.timedelta(10 * step), 5) for n in range(60) for step in range(3)]
    rows += [("late", DAY(2024, 1, 25), 5)]
    results = segment(make_purchases(rows, DAY(2024, 1, 25)))
    said = by_id(say_rfm(results))
    assert results["groups"].row("riser")["customers"] == 1
    assert said["rfm.riser.missing"].code == "M8"
    assert not [key for key in said if key.startswith("rfm.riser.") and key.endswith("finding")]
    with use_style("en"):
        axes = rfm_figures.plot_groups(results["groups"], CURRENCY)[0].draw("en").axes[0]
    # the total is printed, so of the two groups that hold anybody neither is shown
    assert said["rfm.loyal.missing"].code == "M8" and said["rfm.group.loyal.customers"].value is None
    assert len(axes.patches) == 2 * 2


def test_the_total_does_not_tell_the_one_group_of_few(sample):
    groups = segment(sample)["groups"]
    table = groups.table.assign(customers=[283, 5, 284, 1696])
    said = by_id(rfm_findings.say_groups(replace(groups, table=table, customers=2268), CURRENCY))
    assert {key for key in said if key.endswith(".missing")} == {"rfm.loyal.missing", "rfm.riser.missing"}
    assert {key for key in said if key.endswith(".finding")} == {"rfm.dormant.finding", "rfm.churned.finding"}
    assert all(said[f"rfm.group.{group}.customers"].value is None for group in ("loyal", "riser"))


def test_checks_pass_and_would_fail(diagnosis, three_years):
    passed = checks.check_diagnosis(*(diagnosis[key] for key in ("months", "repeat", "spread", "flow")))
    assert passed == dict.fromkeys(
        ["months_add_up", "customers_agree", "deciles_add_up", "bridge_adds_up"], True)
    results = segment(three_years)
    assert all(checks.check_rfm(results["groups"], results["scores"], results["by_score"]).values())
    broken = results["by_score"].assign(frequency_customers=1)
    assert not checks.check_rfm(results["groups"], results["scores"], broken)["scores_hold_everyone"]
    table, = checks.tabulate_checks("rfm", {"groups_add_up": False})
    assert table.frame["outcome"].tolist() == ["@customers.check.failed"]


def test_key_values_name_each_number_once(sample):
    lines = checks.key_values(findings.say_repeat_rate(diagnose(sample)["repeat"]),
                              say_rfm(segment(sample))).splitlines()
    assert "diagnosis.repeat_rate 0.4014" in lines
    assert "rfm.group.churned.customers 1696" in lines
    assert len({line.split()[0] for line in lines}) == len(lines)


def test_rulers_to_freeze(sample, few):
    results = segment(sample)
    assert rfm_scores.rulers_to_freeze(results["rules"], results["cuts"]) == {
        "rfm.f_star": 3, "rfm.r1_days": 77, "rfm.r2_days": 164,
        "rfm.recency_cuts": [99, 198, 219, 242], "rfm.frequency_cuts": [1, 1, 2, 3],
        "rfm.monetary_cuts": pytest.approx([14.96, 27.99, 45.976, 93.722])}
    assert set(rfm_scores.rulers_to_freeze(segment(few)["rules"], segment(few)["cuts"])) == {
        "rfm.recency_cuts", "rfm.frequency_cuts", "rfm.monetary_cuts"}


def test_tables_hold_no_row_of_few_people(diagnosis, three_years, few):
    for table in [*tabulate_all(diagnosis), *tabulate_rfm(segment(three_years)), *tabulate_all(diagnose(few)),
                  *tabulate_rfm(segment(few))]:
        shown = suppress_table(table)
        for column in table.columns:
            if column.people:
                counts = pd.to_numeric(shown.frame[column.key]).dropna()
                assert not (counts.gt(0) & counts.lt(10)).any(), (table.id, column.key)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_figures_have_titles_labels_and_every_glyph(diagnosis, three_years, language):
    drawn = [*draw_all(diagnosis), *draw_rfm(segment(three_years))]
    assert len(drawn) == 8
    for figure in drawn:
        with use_style(language), warnings.catch_warnings():
            warnings.simplefilter("error")  # a missing glyph is a warning
            picture = figure.draw(language)
            picture.canvas.draw()
        title = picture.get_suptitle().replace("\xa0", " ")
        assert title == plain(render_sentence(figure.title, language, figure.numbers)).replace("\xa0", " ")
        edge = picture.bbox.x1
        assert all(label.get_window_extent().x1 <= edge + 1 for label in picture.texts), figure.id
        assert len(figure.data)


def test_the_waterfall_ends_where_the_latest_window_stands(diagnosis):
    with use_style("en"):
        picture = figures.plot_bridge(diagnosis["flow"], CURRENCY)[0].draw("en")
    bars = picture.axes[0].patches
    moved = diagnosis["flow"].steps
    assert len(bars) == (moved["revenue"] != 0).sum()
    assert bars[-2].get_x() + bars[-2].get_width() == pytest.approx(bars[-1].get_width(), abs=0.01)


def test_heat_map_leaves_out_thin_cohorts(make_purchases):
    rows = [(f"a{n}", DAY(2024, 1, 5), 1) for n in range(40)] + [(f"a{n}", DAY(2024, 2, 5), 1) for n in range(10)]
    rows += [(f"b{n}", DAY(2024, 2, 9), 1) for n in range(12)] + [("b0", DAY(2024, 3, 9), 1)]
    figure, = figures.plot_retention(diagnose(make_purchases(rows, DAY(2024, 3, 31)))["kept"])
    with use_style("en"):
        axes = figure.draw("en").axes[0]
    assert [label.get_text() for label in axes.texts] == ["25.0%", "0.0%"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["2024-01 (40)"]


def test_thin_cohorts_alone_are_drawn_as_one_curve(make_purchases):
    rows = [(f"{month}{n}", DAY(2024, month, 5), 1) for month in range(1, 5) for n in range(20)]
    rows += [(f"1{n}", DAY(2024, 2, 5), 1) for n in range(10)]
    figure, = figures.plot_retention(diagnose(make_purchases(rows, DAY(2024, 5, 31)))["kept"])
    assert figure.title == "customers.figure.retention_curve.title"
    assert figure.data["customers"].tolist() == [80, 60, 40]
    with use_style("en"):
        line, = figure.draw("en").axes[0].lines
    assert line.get_ydata()[0] == 10 / 80


def test_the_figure_of_groups_names_no_share_of_a_handful():
    import pandas as pd

    from relops.customers.rfm.figures import plot_groups
    from relops.customers.rfm.groups import customer_groups

    rules = type("Rules", (), {"f_star": 3, "r1_days": 30.0, "r2_days": 60.0})()
    histories = pd.DataFrame({"recency_days": [10, 10, 50, 90], "purchase_days": [4, 1, 2, 1],
                              "customers": [6, 14, 12, 13], "orders": [30, 14, 24, 13],
                              "revenue": [90.0, 50.0, 40.0, 30.0]})
    (figure,) = plot_groups(customer_groups(histories, rules), "CNY")
    assert figure.title == "customers.figure.groups_few.title"
    assert figure.numbers == {}
