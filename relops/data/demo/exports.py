"""The demo company as its systems export it: overlapping monthly files, refunds that come late, a wide survey, masks.

Every file bears the headers of a kind of export that is met in practice. The brief that goes with them maps them back,
so that a run finds what a run on the clean tables finds, except for what :data:`LOST` names.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from relops.data.demo.exports_service import phones, write_service
from relops.data.demo.settings import Block
from relops.data.demo.write import Frame, Writer

OVERLAP_DAYS = 7
# the export of a month is drawn on this day of the next
EXPORT_DAY = 3
ORDER_FILE, LINE_FILE, REFUND_FILE = "有赞订单_{}_导出{}.csv", "订单明细_{}_导出{}.csv", "售后单_{}_导出{}.csv"
CUSTOMER_FILE, CONTACT_FILE = "有赞客户.csv", "企业微信客户.csv"
STAFF = 40
CHANNELS = {"store": "门店", "web": "网店", "mini_programme": "小程序"}
STATUSES = {"completed": "交易完成", "cancelled": "已关闭", "recharge": "充值成功"}
# how an order stood while it was young, as the older of two exports has it
YOUNG = {"completed": "待发货", "cancelled": "待付款", "recharge": "充值成功"}
REPRICED_SHARE, SECOND_LINE_SHARE, TWO_STAFF_SHARE = 0.05, 0.35, 0.25
REPRICED_BY = 10.0
AGREED = {"true": "是", "false": "否"}
# evidence that the exports cannot give or give otherwise (patterns of ids), and why
LOST = {
    "data.*.rows_*": "files overlap, orders lie in three kinds of files, sheets hold several answers",
    "data.*.anonymous_share": "files overlap, orders lie in three kinds of files, sheets hold several answers",
    "data.classes.table": "files overlap, orders lie in three kinds of files, sheets hold several answers",
    "data.files.table": "other files", "data.warnings.table": "other files",
    "data.*.columns*": "exports hold other columns", "data.*fill*": "exports hold other columns",
    "data.identity.*": "persons are joined by telephone number instead of one customer number",
    "data.customers.*": "the list of customers lacks what only the clean table holds",
    "data.feedback.*": "reviews name nobody; choices of one sheet count one by one",
    "data.tickets.*": "telephone numbers are masked", "data.touches.*": "staff who added customers stand among touches",
    "satisfaction.complaint.count": "choices of one sheet count one by one",
    "text.*": "words beside a score stay in the survey file",
    "data.months.table": "refunds that were refused are rows of their own, excluded in their own months",
    "data.answers.*": "the wide survey is accounted for question by question, which only the exports have",
    "diagnosis.*category*": "line files name no category", "diagnosis.paths.*": "line files name no category",
    "targeting.*.held_back": "who is held back is drawn by customer numbers, which are others",
    "targeting.*.treated": "who is held back is drawn by customer numbers, which are others",
}


def write_exports(writer: Writer, block: Block, frames: Mapping[str, Frame]) -> dict[str, Any]:
    """Write the tables of a block as exports into the writer's folder and return what is told of them: files and rows
    of each kind, and what is lost."""
    generator = block.generator("exports")
    tables = {name: writer.texts(frame) for name, frame in frames.items()}
    told = _write_orders(writer.folder, block, tables.pop("orders"), generator)
    told["有赞客户"] = _write_customers(writer.folder, tables["customers"])
    told["企业微信客户"] = _write_contacts(writer.folder, tables.pop("customers"), generator)
    told |= write_service(writer.folder, tables)
    return {"rows": told, "overlap_days": OVERLAP_DAYS, "lost": LOST}


def export_day(month: pd.Period) -> str:
    """Return the day on which a month's files were exported, as their names bear it."""
    return (month + 1).to_timestamp().replace(day=EXPORT_DAY).strftime("%Y%m%d")


def monthly(moments: pd.Series, block: Block, overlap_days: int) -> Iterator[tuple[Any, ...]]:
    """Yield each month, which rows its file holds, which of them the file before holds too, which the file after."""
    months = pd.period_range(block.settings.first_day, block.settings.last_day, freq="M")
    overlap, at = np.timedelta64(overlap_days, "D"), moments.to_numpy()
    for month in months:
        start, end = month.start_time.to_datetime64(), (month + 1).start_time.to_datetime64()
        early = (at >= start - overlap) & (at < start)
        young = (at >= end - overlap) & (at < end) & (month != months[-1])
        yield month, early | ((at >= start) & (at < end)), early, young


def _write_orders(folder: Path, block: Block, rows: pd.DataFrame, generator: np.random.Generator) -> dict[str, int]:
    refund = rows["refund_of"].notna()
    orders, moments = rows[~refund], pd.to_datetime(rows["ordered_at"])
    sold, lines, back = _order_rows(orders, moments[~refund]), _line_rows(orders, generator), _refund_rows(rows[refund])
    repriced = generator.random(len(sold)) < REPRICED_SHARE
    told = Counter({"repriced": 0})
    for place, (month, chosen, early, young) in enumerate(monthly(moments[~refund], block, OVERLAP_DAYS)):
        content = sold[chosen].copy()
        # what the next export holds again was still young when this one was drawn
        content.loc[young[chosen], "订单状态"] = orders.loc[young, "status"].map(YOUNG)
        changed = content.index[(young & repriced & (orders["status"] == "completed").to_numpy())[chosen]]
        content.loc[changed, "订单实付金额"] = (orders.loc[changed, "amount"].astype(float) + REPRICED_BY).map(
            "{:.2f}".format)
        detail = lines[lines["主订单编号"].isin(orders.loc[chosen & ~early, "order_id"])]
        late = back[(moments[refund] >= month.start_time) & (moments[refund] < (month + 1).start_time)]
        told["superseded"] += int(early.sum())
        told["repriced"] += len(changed)
        for kind, part in ((ORDER_FILE, _dressed(content, place)), (LINE_FILE, detail), (REFUND_FILE, late)):
            if len(part):
                _save(folder / kind.format(month.strftime("%Y%m"), export_day(month)), part, place)
            told[kind.split("_")[0]] += len(part)
    return dict(told)


def _order_rows(rows: pd.DataFrame, moments: pd.Series) -> pd.DataFrame:
    """Return orders under the headers of 有赞, and three columns that this company added; goods squeezed into one
    cell."""
    paid = rows["status"] != "cancelled"
    stamp = (moments + datetime.timedelta(minutes=2)).dt.strftime("%Y-%m-%d %H:%M:%S")
    done = (moments + datetime.timedelta(days=5)).dt.strftime("%Y-%m-%d %H:%M:%S")
    return pd.DataFrame({
        "订单号": rows["order_id"], "订单状态": rows["status"].map(STATUSES),
        "订单创建时间": moments.dt.strftime("%Y-%m-%d %H:%M:%S"), "买家付款时间": stamp.where(paid),
        "交易成功时间": done.where(paid), "买家昵称": "茶客" + rows["order_id"].str[-3:],
        "买家手机号": phones(rows["customer_id"]), "收货人手机号/提货人手机号": None,
        "全部商品名称": rows["product"].fillna("储值卡"), "商品种类数": "1", "订单实付金额": rows["amount"],
        "优惠券码名称": None, "分销员": rows["store_id"], "销售渠道": rows["channel"].map(CHANNELS),
        "毛利": rows["margin"], "优惠金额": rows["discount"], "储值抵扣": rows["stored_value_used"]})


def _line_rows(rows: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Return the lines of orders under the headers of 淘宝: what was bought, without a time or an order's amount."""
    goods = rows[rows["product"].notna()]
    quantity = goods["quantity"].astype(float)
    split = (quantity >= 2) & (generator.random(len(goods)) < SECOND_LINE_SHARE)
    first = quantity.where(~split, quantity - 1).map("{:g}".format)
    price = (goods["amount"].astype(float) / quantity).map("{:.2f}".format)
    made = [pd.DataFrame({"子订单编号": goods.loc[chosen, "order_id"] + f"-{number}",
                          "主订单编号": goods.loc[chosen, "order_id"], "标题": goods.loc[chosen, "product"],
                          "价格": price[chosen], "购买数量": amount, "退款状态": "没有申请退款", "退款金额": "0"})
            for number, chosen, amount in ((1, quantity > 0, first), (2, split, "1"))]
    return pd.concat(made).sort_values("子订单编号", kind="stable")


def _refund_rows(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        "售后编号": "R" + rows["order_id"].str[2:], "订单号": rows["refund_of"],
        "买家手机号": phones(rows["customer_id"]), "退款金额": rows["amount"].str.lstrip("-"),
        "退款完成时间": rows["ordered_at"], "售后状态": "退款成功"})


def _dressed(content: pd.DataFrame, place: int) -> pd.DataFrame:
    """Return the rows of a file as that export writes them: ids as formulas, telephone numbers behind a mark, money
    with its sign, and a nameless last column."""
    made = content.assign(订单号='="' + content["订单号"] + '"')
    if place % 3 == 1:
        made["买家手机号"] = "'" + made["买家手机号"]
        made["订单实付金额"] = made["订单实付金额"].astype(float).map("¥{:,.2f}".format)
    if place % 3 == 2:
        made["买家手机号"] = "+86 " + made["买家手机号"]
        for name in ("订单创建时间", "买家付款时间", "交易成功时间"):
            made[name] = made[name].str.replace("-", "/", regex=False)
    return made.rename(columns={"买家付款时间": "买家付款时间 "}).assign(**{"": None})


def _save(path: Path, rows: pd.DataFrame, place: int) -> None:
    """Write a file in the encoding of its export: every other one in that of Chinese Excel."""
    rows.to_csv(path, index=False, encoding=("gb18030", "utf-8-sig")[place % 2], lineterminator="\r\n")


def _write_customers(folder: Path, rows: pd.DataFrame) -> int:
    """Write the customers as 有赞 lists them, with the columns that this company added."""
    made = pd.DataFrame({
        "客户姓名": "茶客" + rows["customer_id"].str[-4:], "客户手机号": phones(rows["customer_id"]),
        "是否会员": rows["member_since"].notna().map({True: "是", False: "否"}), "免费等级": rows["member_tier"],
        "客户积分": rows["points"],
        "客户储值余额": rows["stored_value"].astype(float).map("{:,.2f}元".format),
        "来源渠道": rows["acquisition_channel"], "成为客户时间": rows["first_seen_at"],
        "成为会员时间": rows["member_since"], "所属区域": rows["region"],
        "获客成本": rows["acquisition_cost"],
        "家庭号": rows["household_id"], "年龄段": rows["age_band"],
        "营销授权": rows["consent_marketing"].map(AGREED), "": None})
    _save(folder / CUSTOMER_FILE, made, 0)
    return len(made)


def _write_contacts(folder: Path, rows: pd.DataFrame, generator: np.random.Generator) -> int:
    """Write who added whom as 企业微信 lists it: a row for each customer and member of staff."""
    twice = generator.random(len(rows)) < TWO_STAFF_SHARE
    listed = pd.concat([rows, rows[twice]])
    number = pd.Series(generator.integers(1, STAFF, len(listed)).astype(str), index=listed.index).str.zfill(3)
    names = dict.fromkeys(("描述", "企业", "邮箱", "地址", "职务", "电话"))
    made = pd.DataFrame({
        "客户名称": "茶客" + listed["customer_id"].str[-4:], "添加人": "导购" + number, "添加人账号": "E" + number,
        "添加人所属部门": "门店营运部", "添加时间": listed["first_seen_at"], "来源": "扫描二维码",
        "手机": phones(listed["customer_id"]), **names, "标签组1(会员等级)": listed["member_tier"]})
    _save(folder / CONTACT_FILE, made.sort_values("添加时间", kind="stable"), 1)
    return len(made)
