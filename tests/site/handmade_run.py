"""A run folder made by hand: a few exhibits of every kind, some of them hostile."""

import json

import pandas as pd

from relops.brief import load_brief
from relops.exhibits import Column, Evidence, Figure, Finding, Missing, Table
from relops.project import Project
from relops.store import Store, merge

HOSTILE = '<script>alert("x")</script>&\'"><img src=x onerror=alert(1)>'
PERIOD = ("1997-01-01", "1997-09-30")
SHA = "ab12cd34ef56" + "0" * 52
PERSON = "Zhang San 13800138000"
DIAGNOSIS, RFM, EMPTY = "02_background_diagnosis", "03_rfm_segments", "09_nothing_to_say"
TITLES = {DIAGNOSIS: {"zh": "背景诊断", "en": "Background"}, RFM: {"zh": "客户分群", "en": "Segments"},
          EMPTY: {"zh": "空章", "en": "Empty chapter"}}
RECORD = {
    "run": "19971001-080000", "project": "sample", "status": "complete", "command": "relops run sample",
    "started": "1997-10-01T08:00:00+00:00", "seconds": 12.5, "languages": ["zh", "en"],
    "parameters": {RFM: {"bins": 5}}, "settings": {"rfm.r1_days": 77.0}, "versions": {"pandas": "3.1.1"},
    "refused": [{"table": "orders", "reason": "unparsable_date", "rows": 1234}],
    "inputs": {"data/orders.csv": SHA},
    "rulers": {"rfm.r1_days": {"value": 77.0, "run": "19970901-080000", "date": "1997-09-01"}},
    "notebooks": [{"name": name, "title": title, "status": "complete", "seconds": 3.0}
                  for name, title in TITLES.items()],
    "checks": [{"name": "origin", "passed": True, "against": []},
               {"name": "row_classes", "passed": False, "against": ["orders"]}],
}


def repeat_rate() -> Evidence:
    return Evidence("diagnosis.repeat_rate", 0.4014, "share", 0.3818, 0.4213, 0.95, n=2357, cell="cell-7",
                    filter="at least one purchase day")


def repeat_finding() -> Finding:
    worth = Evidence("diagnosis.later_revenue", 98765.4, "money:USD", 90000.0, 110000.0, 0.9, n=2357)
    sentence = {
        "zh": "{rate} 的客户购买过不止一次（{rate:interval}，样本量 {rate:n}），渠道：{channel}。",
        "en": "{rate} of customers bought more than once ({rate:interval}, n = {rate:n}), by {channel}.",
    }
    numbers, words = {"rate": repeat_rate()}, {"channel": f"={HOSTILE}"}
    return Finding("diagnosis.repeat_rate.finding", sentence, numbers, words, worth)


def groups_table() -> Table:
    frame = pd.DataFrame({
        "group": ["@suite.site.unit.customers", "@home", HOSTILE, "会员 VIP"],
        "customers": [283, 95, 1696, 30], "revenue": [30500.5, 1200.25, 9000.0, None],
        "share": [0.12, 0.0403, 0.7196, 0.0127], "last": ["1997-09-30", "1997-08-01", None, "1997-01-02"],
    })
    columns = (
        Column("group", "suite.site.ledger.name"),
        Column("customers", "suite.site.unit.count", "customers", people=True, total=True),
        Column("revenue", "suite.site.worth", "money:USD", total=True),
        Column("share", "suite.site.unit.ratio", "share", rate_of="customers"),
        Column("last", "suite.site.unit.date", "date"),
    )
    return Table("rfm.groups.table", "suite.site.ledger.heading", frame, columns, n=2357)


def draw(language: str):
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(6.3, 3.6))
    axes = drawing.subplots()
    axes.plot([1, 2, 3], [1, 4, 2], marker="o", label=HOSTILE)
    axes.set_title({"zh": "购买天数", "en": "Purchase days"}[language])
    axes.legend()
    return drawing


def a_figure(name: str) -> Figure:
    data = pd.DataFrame({"x": [1]})
    return Figure(name, "suite.site.read_first", "suite.site.ledger.lead", draw, data, n=2357)


def publish(folder, languages):
    diagnosis = Store(folder / "store" / DIAGNOSIS, DIAGNOSIS, languages, PERIOD, (f"sha256:{SHA}",))
    diagnosis.add(repeat_finding())
    diagnosis.add(a_figure("diagnosis.monthly.figure"))
    diagnosis.add(a_figure("diagnosis.lorenz.figure"))
    rfm = Store(folder / "store" / RFM, RFM, languages, PERIOD)
    rfm.add(Evidence("rfm.group.loyal.customers", 283, "customers"))
    rfm.add(Evidence("rfm.group.riser.customers", 4, "customers"))
    rfm.add(groups_table())
    measure = "suite.site.missing.measure"
    rfm.add(Missing("rfm.referral.missing", "M1", "referrals.referrer_id", measure, {"rate": repeat_rate()}))
    return merge(folder / "store", [DIAGNOSIS, RFM])


def markdown(text, *tags):
    return {"cell_type": "markdown", "id": "text", "metadata": {"tags": list(tags)}, "source": [text]}


def code(name, *ids):
    outputs = [{"output_type": "display_data", "metadata": {"relops": {"ids": list(ids)}}, "data": {}}]
    return {"cell_type": "code", "id": name, "metadata": {}, "source": [""], "outputs": outputs}


NOTEBOOK = {"metadata": {}, "cells": [
    markdown("# 背景诊断", "zh"), markdown("## 收入 `由谁` 带来\n\n说明。", "zh"),
    markdown("## Who brings revenue", "en"),
    code("cell-5", "diagnosis.lorenz.figure"), code("cell-7", "diagnosis.repeat_rate.finding", "diagnosis.repeat_rate"),
    markdown("## 其后", "zh"), markdown("## What follows", "en"), code("cell-9", "diagnosis.monthly.figure"),
]}


def hand_made(folder, languages=("zh", "en")):
    """Fill ``folder`` as a run does before its site is built; return the merged store."""
    for name in TITLES:
        page = folder / "notebooks" / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("<p id='cell-id=cell-7'>", encoding="utf-8")
    (folder / "notebooks" / f"{DIAGNOSIS}.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    (folder / "tables").mkdir()
    for language in languages:
        (folder / "tables" / f"rfm.groups.table.{language}.csv").write_text("group\n", encoding="utf-8")
        (folder / f"plan-relationship.{language}.docx").write_bytes(b"")
    quarantine = folder / "private" / "quarantine"
    quarantine.mkdir(parents=True)
    line = f"a.csv,3,unparsable_date,ordered_at,,{PERSON}"
    (quarantine / "orders.csv").write_text(f"file,line,reason,column,explanation,original\n{line}\n", encoding="utf-8")
    return publish(folder, languages)


def make_project(folder, client=f"示例公司 {HOSTILE}", languages="[zh, en]"):
    folder.mkdir(parents=True, exist_ok=True)
    quoted = client.replace("'", "''")
    (folder / "brief.yaml").write_text(
        f"meta: {{languages: {languages}}}\nclient: {{name: '{quoted}'}}\nfinance: {{currency: USD}}\n"
        "period: {timezone: UTC, data_end: 1997-09-30}\n", encoding="utf-8")
    return Project(folder, load_brief(folder / "brief.yaml"))
