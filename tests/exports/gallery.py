# ruff: noqa: E501 -- the lines are those of the files
"""The gallery: one export for each row of what real exports look like, in its own header and with its own quirks.

Every person, number and address is invented. ``CASES`` says of each what must come of it, worked out by hand from the
rows above it: rows by class (in, used, merged, superseded, excluded, refused), orders, revenue before refunds, refunds,
customers.
"""

import datetime
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl


@dataclass(frozen=True)
class Case:
    """One export: its files, and what comes of it."""

    name: str
    files: dict[str, bytes | Callable[[], bytes]]
    table: str
    classes: tuple[int, int, int, int, int, int]
    orders: int = 0
    gross: float = 0.0
    refunds: float = 0.0
    customers: int = 0
    anonymous: int = 0
    guessed: bool = False
    query: str = ""
    answer: list = field(default_factory=list)
    asks: tuple[str, ...] = ()


def text(*lines: str, encoding: str = "utf-8") -> bytes:
    """A text file of these lines."""
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


# blank phones, a trailing comma, a birthday instead of an age, totals instead of events
YOUZAN_CUSTOMERS = text(
    "客户姓名,客户昵称,客户手机号,客户生日,客户性别,标签,是否会员,成长值,免费等级,付费等级,权益卡,客户积分,客户储值余额,消费次数,消费金额,累计退款金额,"
    "累计退款订单数,笔单价,上次消费时间,分销员,导购员,企微好友,来源渠道,来源方式,成为客户时间,成为会员时间,成为会员店铺,公众号,微信地域,所属区域,"
    "指定时间消费次数,指定时间消费金额,",
    "林一,一一,13900000001,1990-05-06,女,常客,是,120,金卡,,,300,88.00,5,640.50,0.00,0,128.10,2024-03-20 10:00:00,,小周,是,微信小程序,"
    "自然,2023-02-01 09:00:00,2023-02-03 10:00:00,总店,茶铺,浙江 杭州,浙江,5,640.50,",
    "王二,二二,13900000002,,男,,否,0,,,,0,0.00,1,45.00,45.00,1,45.00,2024-02-11 12:30:00,,,否,门店,扫码,2024-02-11 12:00:00,,,,,上海,"
    "1,45.00,",
    "张三,三三,,,,,否,0,,,,0,0.00,0,0.00,0.00,0,0.00,,,,否,门店,扫码,2024-03-05 08:00:00,,,,,,0,0.00,")

YOUZAN_HEAD = ("订单号,订单状态,订单创建时间,买家付款时间,交易成功时间,买家昵称,买家手机号,收货人手机号/提货人手机号,全部商品名称,商品种类数,订单实付金额,"
               "优惠券码名称,分销员,销售渠道")
# March, then April with the last week of March again: E2 has been closed meanwhile
YOUZAN_MARCH = text(
    YOUZAN_HEAD,
    "E1,交易成功,2024-03-02 09:58:00,2024-03-02 10:01:00,2024-03-09 10:00:00,一一,13900000001,13900000001,龙井 250g,1,88.50,,小周,小程序",
    "E2,待发货,2024-03-28 11:00:00,2024-03-28 11:02:00,,二二,13900000002,13900000002,茶具 x1;茶巾 x2,2,120.00,新客券,,门店",
    "E3,交易关闭,2024-03-10 20:00:00,,,三三,,13900000003,茶巾,1,60.00,,,小程序")
YOUZAN_APRIL = text(
    YOUZAN_HEAD,
    "E2,交易关闭,2024-03-28 11:00:00,2024-03-28 11:02:00,,二二,13900000002,13900000002,茶具 x1;茶巾 x2,2,120.00,新客券,,门店",
    "E4,交易成功,2024-04-12 08:00:00,2024-04-12 08:01:00,2024-04-20 08:00:00,一一,13900000001,13900000001,龙井 50g,1,45.00,,小周,小程序",
    "E5,待付款,2024-04-20 09:00:00,,,五五,13900000005,13900000005,茶巾,1,20.00,,,小程序")

TAOBAO_HEAD = ("订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,收货地址 ,联系电话 ,联系手机,"
               "订单创建时间,订单付款时间 ,退款金额,确认收货时间,打款商家金额")
TAOBAO = text(
    TAOBAO_HEAD,
    '="2101",linyi_88,li***@x.cn,100.00,0.00,100.00,100.00,交易成功,浙江省 杭州市,,\'13900000001,2024-03-01 10:00:00,2024-03-01 10:05:00,0元,'
    "2024-03-08 10:00:00,100.00元",
    '="2102",wanger,wa***@x.cn,75.00,5.00,80.00,80.00,交易成功,上海市,,\'13900000002,2024-03-05 10:00:00,2024-03-05 10:05:00,30.00元,'
    "2024-03-12 10:00:00,50.00元",
    '="2103",linyi_88,li***@x.cn,50.00,0.00,50.00,0.00,交易关闭,浙江省 杭州市,,\'13900000001,2024-03-06 10:00:00,,0元,,0元',
    '="2104",zhang3,zh***@x.cn,20.00,0.00,20.00,20.00,"买家已付款，等待卖家发货",江苏省,,\'13900000003,2024-03-20 23:00:00,'
    "2024-03-20 23:05:00,0元,,0元", encoding="gb18030")
TAOBAO_LINES = text(
    "子订单编号,主订单编号,标题,价格,购买数量,退款状态,退款金额",
    '="2101",="2101",龙井,40.00,2,没有申请退款,0.00', '="21011",="2101",茶巾,20.00,1,没有申请退款,0.00',
    '="2102",="2102",茶具,75.00,1,退款成功,30.00', '="2103",="2103",龙井,50.00,1,没有申请退款,0.00', encoding="gb18030")

# a tab within the quotes, encrypted phones, an explaining row, refunds told by a status alone
DOUYIN = text(
    "主订单编号,子订单编号,选购商品,订单应付金额,收件人,收件人手机号,订单提交时间,订单完成时间,订单状态,售后状态",
    "（文本）,（多个用分号隔开）,（商品名称）,（元）,（已加密）,（已加密）,（下单时间）,（完成时间）,（当前状态）,（最新状态）",
    '"\t6901","\t69011","龙井 50g",59.00,##aGk=,$$MTM5$1$,2024-03-02 10:00:00,2024-03-10 10:00:00,已完成,-',
    '"\t6902","\t69021;\t69022","茶具;茶巾",120.00,##d28=,$$MTM4$1$,2024-03-05 11:00:00,,已发货,退款成功',
    '"\t6903","\t69031","茶巾",30.00,##emg=,$$MTM3$1$,2024-03-06 12:00:00,,已关闭,-',
    '"\t6904","\t69041","龙井 250g",88.00,##bGk=,$$MTM2$1$,2024-03-20 13:00:00,,已发货,-')

# masked phones, a note in brackets behind the amount, an order's total on each of its lines
JD = text(
    "订单号,商品名称,订购数量,下单时间,应付金额,下单帐号,客户姓名,客户地址,联系电话",
    "301,龙井 250g,1,2024-03-01 10:00:00,199.00(含运费),jd_lin,林**,浙江杭州,1******6198",
    "301,茶巾,2,2024-03-01 10:00:00,199.00(含运费),jd_lin,林**,浙江杭州,1******6198",
    "302,茶具,1,2024-03-05 11:00:00,59.00,jd_wang,王**,上海,1******6198",
    "303,茶巾,1,2024-03-20 12:00:00,20.00,jd_lin,林**,浙江杭州,1******0001", encoding="gb18030")

# a row for each customer and member of staff; tag columns named by the client
WECOM = text(
    "客户名称,描述,添加人,添加人账号,添加人所属部门,添加时间,来源,手机,企业,邮箱,地址,职务,电话,标签组1(等级),标签组2(口味)",
    "林一,,小周,zhou,门店一部,2024-03-01 09:00:00,扫一扫,13900000001,,,,,,金卡,绿茶",
    "林一,老客,小吴,wu,客服部,2024-03-15 10:00:00,名片分享,13900000001,,,,,,金卡,",
    "王二,,小周,zhou,门店一部,2024-03-20 11:00:00,微信好友,,,,,,,,")

# one column a question, choices joined, skipped questions coded
WJX = text(
    "序号,提交答卷时间,所用时间,来源,来源详情,来自IP,1、您有多大可能把我们推荐给朋友？（0-10分）,2、您对本次服务满意吗？,"
    "3、哪些方面让您不满意？,4、您还有什么建议？,5、您的年龄段",
    "1,2024/3/1 10:00:00,35秒,微信,N/A,203.0.113.5(浙江-杭州),9,非常满意,(跳过),多出小罐装,26-35",
    "2,2024/3/2 11:00:00,48秒,链接,N/A,203.0.113.6(上海-上海),3,不满意,等待太久┋包装破损,,36-45",
    "3,2024/3/5 12:00:00,22秒,微信,N/A,203.0.113.7(江苏-南京),-3,一般,-3,(空),18-25")

WECHAT_HEAD = ("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
               "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注")


def wechat(*cells: str) -> str:
    """A row of the bill: a backtick before every cell."""
    return ",".join(f"`{cell}" for cell in cells)


WECHAT_ALL = text(
    WECHAT_HEAD,
    wechat("2024-03-01 10:00:00", "wx1", "1900", "0", "", "4200002101202403010000042001", "S1", "o_lin", "JSAPI", "SUCCESS", "OTHERS", "CNY", "100.00", "0.00",
           "0", "0", "0.00", "0.00", "", "", "龙井", "", "0.60000", "0.60%", "100.00", "0.00", ""),
    wechat("2024-03-02 11:00:00", "wx1", "1900", "0", "", "4200002101202403020000042002", "S2", "o_wang", "JSAPI", "SUCCESS", "OTHERS", "CNY", "50.00", "0.00",
           "0", "0", "0.00", "0.00", "", "", "茶巾", "", "0.30000", "0.60%", "50.00", "0.00", ""),
    wechat("2024-03-20 12:00:00", "wx1", "1900", "0", "", "4200002101202403020000042002", "S2", "o_wang", "JSAPI", "REFUND", "OTHERS", "CNY", "0.00", "0.00",
           "50000203442024032000000000001", "R1", "20.00", "0.00", "ORIGINAL", "SUCCESS", "茶巾", "", "-0.12000", "0.60%", "0.00", "20.00", ""),
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额",
    "`3,`150.00,`20.00,`0.00,`0.78000,`150.00,`20.00")
WECHAT_PAID = text(
    ",".join(WECHAT_HEAD.split(",")[:14] + WECHAT_HEAD.split(",")[20:25] + ["费率备注"]),
    wechat("2024-03-01 10:00:00", "wx1", "1900", "0", "", "4200002101202403010000042001", "S1", "o_lin", "JSAPI", "SUCCESS", "OTHERS", "CNY", "100.00", "0.00",
           "龙井", "", "0.60000", "0.60%", "100.00", ""),
    wechat("2024-03-12 11:00:00", "wx1", "1900", "0", "", "4200002101202403120000042003", "S3", "o_lin", "JSAPI", "SUCCESS", "OTHERS", "CNY", "36.00", "0.00",
           "茶巾", "", "0.22000", "0.60%", "36.00", ""),
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额",
    "`2,`136.00,`0.00,`0.00,`0.82000,`136.00,`0.00")

# name and phone in one cell; money loaded and money spent must not both count
POS = text(
    "流水号,日期,类型,会员,实收金额,次卡支付,储值卡支付,储值本金支付,储值赠送支付,现金支付",
    "L1,2024-03-01 10:00,充值,林一 13900000001,500.00,0,0,0,0,500.00",
    "L2,2024-03-02 11:00,消费,林一 13900000001,120.00,0,120.00,100.00,20.00,0",
    "L3,2024-03-05 12:00,消费,王二 13900000002,80.00,0,0,0,0,80.00",
    "L4,2024-03-06 12:00,退款,王二 13900000002,-30.00,0,0,0,0,-30.00",
    "L5,2024-03-20 13:00,消费,散客,15.00,0,0,0,0,15.00")

# no key of guests; arrival and departure
HOTEL = text(
    "订单ID,客人姓名,房型,房间号,入住日期,退房日期,状态,总金额",
    "H1,林一,大床房,301,2024-03-01,2024-03-03,已离店,600.00", "H2,王二,双床房,302,2024-03-05,2024-03-06,已取消,300.00",
    "H3,张三,大床房,305,2024-03-20,2024-03-22,已入住,450.00", encoding="gb18030")

SHOPIFY = text(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Billing Name,Billing Zip,Refunded Amount,Source,Phone",
    "#1001,lin@example.org,paid,2024-03-01 10:00:00 +0800,fulfilled,USD,25.00,5.00,0.00,30.00,,0.00,2024-03-01 09:59:00 +0800,1,Longjing,15.00,"
    "Lin Yi,'01234,0.00,web,",
    "#1001,lin@example.org,,,,,,,,,,,2024-03-01 09:59:00 +0800,2,Tea towel,5.00,,,,,",
    "#1002,wang@example.org,refunded,2024-03-05 10:00:00 +0800,fulfilled,USD,12.00,0.00,0.00,12.00,,0.00,2024-03-05 09:59:00 +0800,1,Pot,12.00,"
    "Wang Er,'02345,12.00,web,",
    "#1003,,voided,,,USD,8.00,0.00,0.00,8.00,,0.00,2024-03-06 10:00:00 +0800,1,Cup,8.00,Zhang San,'03456,0.00,web,+12025550100",
    "#1004,lin@example.org,paid,2024-03-20 10:00:00 +0800,,USD,9.00,0.00,0.00,9.00,,1.00,2024-03-20 09:59:00 +0800,1,Cup,10.00,Lin Yi,'01234,"
    "0.00,web,")

HUBSPOT = text(
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lifecycle Stage,Create Date",
    "501,Lin,Yi,lin@example.org,,Zhou,customer,2024-03-01 10:00", "502,Wang,Er,wang@example.org,,Zhou,lead,2024-03-05 10:00",
    "503,Zhang,San,,+12025550100,Wu,lead,2024-03-20 10:00")


def report() -> bytes:
    """A report with a title and notes above its header in row five, merged cells, dashes, serial dates, a total row."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "门店消费明细表"
    sheet.merge_cells("A1:E1")
    sheet["A2"], sheet["A3"] = "统计期间：2024-03", "制表：财务部"
    for row in (["单号", "消费日期", "会员号", "消费金额", "备注"],
                ["B1", 45352, "M1", "1,234.00", "--"], ["B2", 45355, "M2", "￥66.50", ""],
                ["B3", 45371, "M1", "100", "--"], ["合计", "", "", "1,400.50", ""]):
        sheet.append(row) if sheet.max_row >= 5 else [sheet.cell(5, place, cell) for place, cell in enumerate(row, 1)]
    for row in (6, 7, 8):
        sheet.cell(row, 2).number_format = "General"
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook, the same each time."""
    book.properties.created = book.properties.modified = datetime.datetime(2024, 1, 1)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# a web page that calls itself a workbook, as many back offices write it
WEB_PAGE = text(
    '<html><head><meta charset="utf-8"></head><body><table border="1"><tr><th>订单编号</th><th>下单时间</th><th>会员编号</th><th>实付金额</th>'
    "<th>订单状态</th></tr>",
    "<tr><td>V1</td><td>2024-03-01 10:00:00</td><td>M1</td><td>35.50</td><td>已完成</td></tr>",
    "<tr><td>V2</td><td>2024-03-05 11:00:00</td><td>M2</td><td>20.00</td><td>已取消</td></tr>",
    "<tr><td>V3</td><td>2024-03-20 12:00:00</td><td>M1</td><td>12.80</td><td>已完成</td></tr></table></body></html>")

# a bill with notes above and below, refunds as rows that name the payment
ALIPAY = text(
    "#支付宝业务明细查询", "#账号：[20880001]", "#起始日期：[2024年03月01日 00:00:00]   终止日期：[2024年03月21日 00:00:00]",
    "#-----------------------------------------业务明细列表----------------------------------------",
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,"
    "退款批次号/请求号,服务费（元）,备注",
    "2024030122001400000000000001\t,S1\t,交易,龙井,2024-03-01 10:00:00,2024-03-01 10:00:05,,,,,lin@example.org,100.00,100.00,0.00,,-0.60,",
    "2024030522002400000000000002\t,S2\t,交易,茶具,2024-03-05 11:00:00,2024-03-05 11:00:05,,,,,wang@example.org,80.00,78.00,0.00,,-0.47,",
    "2024030522002400000000000002\t,S2\t,退款,茶具,2024-03-20 12:00:00,2024-03-20 12:00:05,,,,,wang@example.org,-80.00,-78.00,0.00,R1,0.47,",
    "#-----------------------------------------业务明细列表结束------------------------------------",
    "#交易合计：2笔，商家实收共178.00元", "#退款合计：1笔，商家实收退款共-78.00元", "#导出时间：[2024年03月21日 09:00:00]", encoding="gb18030")
# masked phones; an order nobody has paid bears no time at all: its status leaves it out
PINDUODUO = text(
    "商品,订单号,订单状态,商品总价(元),店铺优惠折扣(元),平台优惠折扣(元),邮费(元),用户实付金额(元),商家实收金额(元),商品数量(件),收货人,手机,支付时间,"
    "确认收货时间,售后状态",
    "龙井,P1\t,已收货,60.00,5.00,0.00,0.00,55.00,55.00,1,林*,138****0001,2024-03-01 10:00:00\t,2024-03-06 10:00:00\t,无售后或售后取消",
    '茶具,P2\t,"已发货，退款成功",30.00,0.00,0.00,0.00,30.00,30.00,1,王*,138****0002,2024-03-05 11:00:00\t,,退款成功',
    "茶巾,P3\t,待付款,20.00,0.00,0.00,0.00,20.00,20.00,1,张*,,,,无售后或售后取消")
STRIPE = text(
    "id,Description,Seller Message,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Status,Customer ID,Customer Email",
    "ch_1,Tea,Payment complete.,2024-03-01 10:00:00,30.00,0.00,usd,true,Paid,cus_1,lin@example.org",
    "ch_2,Pot,Payment complete.,2024-03-05 11:00:00,12.00,12.00,usd,true,Refunded,cus_2,wang@example.org",
    "ch_3,Cup,The bank declined.,2024-03-20 12:00:00,8.00,0.00,usd,false,Failed,,zhang@example.org")
TICKETS = text(
    "工单ID,工单标题,工单分类,优先级,工单状态,客户手机,创建时间,受理客服,首次响应时间,完结时间,来源",
    "G1,包装破损,商品质量,高,已完结,13900000001,2024-03-01 10:00:00,客服一,2024-03-01 10:20:00,2024-03-02 09:00:00,电话",
    "G2,催发货,物流,普通,处理中,13900000002,2024-03-05 11:00:00,客服二,,,在线")
REVIEWS = text(
    "评价时间,用户昵称,门店名称,星级,口味,环境,服务,评价内容,商家回复",
    "2024-03-01 20:00:00,一**,总店,5,5,5,5,茶很好,谢谢", "2024-03-05 21:00:00,二**,总店,2,3,2,2,等位太久,", encoding="gb18030")
SURVEY_MONKEY = text(
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,How likely is it that you would recommend us to a friend?,"
    "How satisfied are you with our service?,Do you have any other comments?",
    "9001,1,03/13/2024 10:00:00 AM,03/13/2024 10:05:00 AM,203.0.113.8,lin@example.org,10,Very satisfied,More green tea",
    "9002,1,03/14/2024 11:00:00 AM,03/14/2024 11:05:00 AM,203.0.113.9,,6,Dissatisfied,")
# a sales list nobody has described: a product list in English, German separators
UNKNOWN = text(
    "Beleg-Nr;Order Date;Customer No;Item;Qty;Line Total", "R1;28.03.2024;K1;Tee;2;19.90", "R1;28.03.2024;K1;Tasse;1;5.10",
    "R2;29.03.2024;K2;Tee;1;9.95")

CASES = [
    Case("有赞客户", {"客户.csv": YOUZAN_CUSTOMERS}, "customers", (3, 2, 0, 0, 0, 1),
         query="SELECT count(*), sum(points), sum(stored_value), count(birth_date) FROM customers", answer=[(2, 300, 88, 1)]),
    Case("有赞订单", {"有赞订单_20240331.csv": YOUZAN_MARCH, "有赞订单_20240430.csv": YOUZAN_APRIL}, "orders",
         (6, 2, 0, 1, 3, 0), 2, 133.5, 0, 1),
    Case("淘宝订单列表", {"ExportOrderList.csv": TAOBAO}, "orders", (4, 3, 0, 0, 1, 0), 3, 200, 30, 3),
    Case("淘宝订单与宝贝明细", {"ExportOrderList.csv": TAOBAO, "ExportOrderDetailList.csv": TAOBAO_LINES}, "orders",
         (8, 3, 3, 0, 2, 0), 3, 200, 30, 3,
         query="SELECT order_id, product, quantity FROM orders WHERE NOT is_refund ORDER BY order_id LIMIT 2",
         answer=[("2101", "龙井", 3), ("2102", "茶具", 1)]),
    Case("抖店", {"抖店订单.csv": DOUYIN}, "orders", (4, 3, 0, 0, 1, 0), 3, 267, 120, 0, anonymous=3),
    Case("京东", {"京东订单.csv": JD}, "orders", (4, 3, 1, 0, 0, 0), 3, 278, 0, 2),
    Case("企业微信客户", {"客户列表.csv": WECOM}, "touches", (3, 2, 0, 0, 0, 1),
         query="SELECT count(DISTINCT customer_id), count(DISTINCT staff_id) FROM touches", answer=[(1, 2)]),
    Case("问卷星", {"问卷.csv": WJX}, "feedback", (3, 3, 0, 0, 0, 0),
         query="SELECT kind, count(*), sum(score), max(scale_max) FROM feedback GROUP BY 1 ORDER BY 1",
         answer=[("complaint", 2, None, None), ("csat", 3, 10, 5), ("nps", 2, 12, 10), ("review", 1, None, None)]),
    Case("微信支付账单", {"1900_20240301_20240320.csv": WECHAT_ALL}, "orders", (3, 3, 0, 0, 0, 0), 2, 150, 20, 2,
         query="SELECT sum(net_amount) FROM purchases WHERE order_id = '4200002101202403020000042002'", answer=[(30,)]),
    Case("微信支付账单（成功）", {"1900_20240301.csv": WECHAT_PAID}, "orders", (2, 2, 0, 0, 0, 0), 2, 136, 0, 1),
    Case("门店收银", {"收银流水.csv": POS}, "orders", (5, 4, 0, 0, 1, 0), 3, 215, 30, 2, anonymous=1,
         query="SELECT sum(stored_value_used) FROM orders WHERE NOT is_refund", answer=[(120,)]),
    Case("酒店", {"酒店订单.csv": HOTEL}, "orders", (3, 2, 0, 0, 1, 0), 2, 1050, 0, 0, anonymous=2),
    Case("Shopify", {"orders_export.csv": SHOPIFY}, "orders", (5, 3, 1, 0, 1, 0), 3, 51, 12, 2),
    Case("HubSpot", {"contacts.csv": HUBSPOT}, "customers", (3, 3, 0, 0, 0, 0)),
    Case("支付宝账单", {"20880001_业务明细.csv": ALIPAY}, "orders", (3, 3, 0, 0, 0, 0), 2, 178, 78, 2,
         query="SELECT sum(net_amount) FROM purchases", answer=[(100,)]),
    Case("拼多多", {"orders_export.csv": PINDUODUO}, "orders", (3, 2, 0, 0, 1, 0), 2, 85, 30, 0, anonymous=2),
    Case("Stripe", {"payments.csv": STRIPE}, "orders", (3, 2, 0, 0, 1, 0), 2, 42, 12, 2),
    Case("客服工单", {"工单.csv": TICKETS}, "tickets", (2, 2, 0, 0, 0, 0),
         query="SELECT count(first_response_at), count(closed_at), count(customer_id) FROM tickets", answer=[(1, 1, 2)]),
    Case("大众点评", {"评价.csv": REVIEWS}, "feedback", (2, 2, 0, 0, 0, 0),
         query="SELECT sum(score), max(scale_max), count(text), min(kind) FROM feedback", answer=[(7, 5, 2, "review")]),
    Case("SurveyMonkey", {"Responses.csv": SURVEY_MONKEY}, "feedback", (2, 2, 0, 0, 0, 0),
         query="SELECT kind, count(*), sum(score) FROM feedback GROUP BY 1 ORDER BY 1",
         answer=[("csat", 2, 7), ("nps", 2, 16), ("review", 1, None)]),
    Case("不认识的明细", {"Verkauf.csv": UNKNOWN}, "orders", (3, 2, 1, 0, 0, 0), 2, 34.95, 0, 2, guessed=True),
    Case("Excel 报表", {"门店消费明细.xlsx": report}, "orders", (3, 3, 0, 0, 0, 0), 3, 1400.5, 0, 2, guessed=True),
    Case("网页形式的 xls", {"订单导出.xls": WEB_PAGE}, "orders", (3, 2, 0, 0, 1, 0), 2, 48.3, 0, 1, guessed=True),
]


def write_case(case: Case, folder: Path) -> Path:
    """Write the files of a case and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in case.files.items():
        (folder / name).write_bytes(content() if callable(content) else content)
    return folder
