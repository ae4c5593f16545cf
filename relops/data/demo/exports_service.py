"""Feedback, tickets and the other tables of the demo company as its systems export them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

SURVEY_FILE, REVIEW_FILE = "问卷星_满意度调查.csv", "大众点评_评价.csv"
EFFORT_FILE, TICKET_FILE = "回访_省力度.csv", "客服工单.csv"
RECOMMEND, SATISFIED = "1、您有多大可能向朋友推荐我们？", "2、您对这次购物满意吗？"
AMISS, WORDS, TELEPHONE = "3、哪些地方让您不满意？(多选题)", "4、您还想说什么？", "5、您的手机号"
NOT_SHOWN, SKIPPED = "-3", "-2"
SURVEYED = ("nps", "csat", "complaint")
CUSTOMER_COLUMNS = ("customer_id", "referrer_id", "referee_id")


def phones(ids: pd.Series) -> pd.Series:
    """Return a telephone number for each customer id, none for none; those who never came have others."""
    start = ids.str[0].map({"C": "19900", "P": "19911"})
    return start + ids.str[1:].str.lstrip("0").str.zfill(6)


def write_service(folder: Path, tables: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Write feedback, tickets and the remaining tables into ``folder`` and return rows by kind of file."""
    feedback, tickets = tables["feedback"], tables["tickets"]
    files = {SURVEY_FILE: _survey(feedback[feedback["kind"].isin(SURVEYED)]),
             REVIEW_FILE: _reviews(feedback[feedback["kind"] == "review"]),
             EFFORT_FILE: _efforts(feedback[feedback["kind"] == "ces"]), TICKET_FILE: _tickets(tickets)}
    files |= {f"{name}.csv": _with_phones(rows) for name, rows in tables.items() if name not in ("feedback", "tickets")}
    for name, rows in files.items():
        rows.to_csv(folder / name, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return {Path(name).stem: len(rows) for name, rows in files.items()}


def _survey(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a sheet a row, as 问卷星 does: a column a question, choices joined, codes for what was not asked."""
    asked = {kind: rows["kind"] == kind for kind in SURVEYED}
    return pd.DataFrame({
        "序号": range(1, len(rows) + 1), "提交答卷时间": rows["given_at"].str.replace("-", "/"), "所用时间": "48秒",
        "来源": "微信", "来源详情": None, "来自IP": "192.0.2.1(浙江-杭州)",
        RECOMMEND: rows["score"].where(asked["nps"], NOT_SHOWN),
        SATISFIED: rows["score"].where(asked["csat"], NOT_SHOWN),
        AMISS: rows["text"].str.replace("。", "┋").where(asked["complaint"], SKIPPED),
        WORDS: rows["text"].where(~asked["complaint"]).fillna("(空)"), TELEPHONE: phones(rows["customer_id"])})


def _reviews(rows: pd.DataFrame) -> pd.DataFrame:
    """Return reviews as 大众点评 lists them: who wrote is not told."""
    return pd.DataFrame({"评价时间": rows["given_at"], "门店名称": rows["store_id"], "用户昵称": "匿名用户",
                         "星级": rows["score"], "评价内容": rows["text"], "商家回复": None,
                         "回复时间": rows["answered_at"]})


def _efforts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what the call centre asked after closing tickets."""
    return pd.DataFrame({"反馈时间": rows["given_at"], "反馈类型": rows["kind"], "手机号": phones(rows["customer_id"]),
                         "评分": rows["score"], "满分": rows["scale_max"], "触点": rows["touchpoint"]})


def _tickets(rows: pd.DataFrame) -> pd.DataFrame:
    """Return tickets as the service desk lists them, telephone numbers masked."""
    number = phones(rows["customer_id"])
    return pd.DataFrame({
        "工单编号": rows["ticket_id"], "创建时间": rows["opened_at"],
        "工单状态": rows["closed_at"].notna().map({True: "已完结", False: "处理中"}), "工单分类": rows["category"],
        "优先级": rows["severity"], "受理客服": rows["agent_id"],
        "客户手机号": number.str[:3] + "****" + number.str[-4:],
        "首次响应时间": rows["first_response_at"], "完结时间": rows["closed_at"], "重开时间": rows["reopened_at"],
        "工单来源": rows["channel"], "门店": rows["store_id"], "处理时长": rows["handle_s"],
        "是否升级": rows["escalated"].map({"true": "是", "false": "否"})})


def _with_phones(rows: pd.DataFrame) -> pd.DataFrame:
    made = rows.assign(**{name: phones(rows[name]) for name in CUSTOMER_COLUMNS if name in rows})
    return made.rename(columns={"customer_id": "手机号"})
