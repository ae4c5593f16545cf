# ruff: noqa: E501 -- the lines are those of the files
"""The room of wrong money: exports whose columns, read as they stand, would count too much, too little or twice."""

import contextlib
import sqlite3
import tempfile
from pathlib import Path

import openpyxl
from gallery import Case, saved, text

# units in the header: ten thousands, hundredths
CONTRACTS = text("合同编号,签订日期,客户编号,合同金额（万元）,状态", "H1,2024-03-01,c1,12.5,已完成", "H2,2024-03-05,c2,3.08,已完成", "H3,2024-03-20,c1,1,已取消")
HUNDREDTHS = text("订单号,下单时间,会员号,支付金额(分),退款金额(分)", "O1,2024-03-01 10:00,c1,5900,0", "O2,2024-03-05 10:00,c2,3000,1000", "O3,2024-03-20 10:00,c1,1050,0")

# money asked back: given on O2, refused on O3
REFUSED = text(
    "订单编号,订单创建时间,会员号,订单状态,实付款,退款状态,退款金额",
    "O1,2024-03-01 10:00,c1,交易成功,59.00,无退款,0", "O2,2024-03-05 10:00,c2,交易成功,30.00,退款成功,30.00",
    "O3,2024-03-20 10:00,c1,交易成功,40.00,退款关闭,40.00", "O4,2024-03-21 10:00,c1,交易关闭,7.00,无退款,0")

# what became of an order afterwards is all there is: a request that was closed or refused leaves the sale
AFTER_SALES = text(
    "订单号,下单时间,会员号,实付金额,售后状态", "O1,2024-03-01 10:00,c1,59.00,无售后", "O2,2024-03-05 10:00,c2,30.00,退款成功",
    "O3,2024-03-20 10:00,c1,40.00,退款关闭", "O4,2024-03-21 10:00,c2,20.00,退款申请被拒绝")

# money loaded is sold like goods, and spent again later
CARDS = text(
    "流水号,消费时间,会员卡号,项目,实收金额,支付方式", "1,2024-03-01 10:00,c1,储值卡充值,500,微信", "2,2024-03-05 10:00,c1,洗剪吹,68,储值",
    "3,2024-03-06 10:00,c2,会员储值500,500,现金", "4,2024-03-20 10:00,c2,染发,280,储值", "5,2024-03-21 10:00,c3,洗剪吹,68,微信")

# the total of the order on both of its lines, in words nobody listed
JAPAN = text(
    "注文番号,注文日,会員番号,商品名,数量,単価,合計金額", "J1,2024-03-01,m1,煎茶,1,1500,2500", "J1,2024-03-01,m1,急須,1,1000,2500", "J2,2024-03-20,m2,煎茶,2,1500,3000")
PRICED = text(
    "order_id,order_date,customer_id,sku,quantity,price,amount", "P1,2024-03-01,c1,S1,1,15,25", "P1,2024-03-01,c1,S2,2,5,25", "P2,2024-03-20,c2,S1,1,15,15")

# an order printed twice with other sums, among many: no second line, and nobody knows which of the two holds
TWICE = text("订单号,下单时间,会员号,实付金额", *(f"O{n},2024-03-{n:02} 10:00,c{n % 4},10" for n in range(1, 21)), "O7,2024-03-07 10:00,c3,15", "O8,2024-03-08 10:00,c0,10")

# two amounts of one sale
NET_AND_GROSS = text("Sale ID,Sale Date,Customer ID,Gross Sales,Net Sales", "S1,2024-03-01,c1,120,100", "S2,2024-03-20,c2,60,50")
TAXED = text("单据编号,开票日期,客户编号,金额,税额,价税合计", "T1,2024-03-01,c1,100,13,113", "T2,2024-03-20,c2,50,6.5,56.5")
DUE = text("Invoice Number,Invoice Date,Customer ID,Amount Due,Amount Paid", "I1,2024-03-01,c1,0,100", "I2,2024-03-20,c2,20,30")

# a list of orders and its lines in a file of its own: with nothing but numbers in common, and with amounts of their own
ORDER_LIST = text("order_id,order_date,customer_id,order_total", "A1,2024-03-01,c1,25", "A2,2024-03-05,c2,15", "A3,2024-03-20,c1,40")
ITEMS = text("order_item_id,order_id,sku,quantity,price", "1,A1,S1,1,15", "2,A1,S2,2,5", "3,A2,S1,1,15", "4,A3,S3,2,20")
ITEMS_AMOUNT = text("order_id,sku,quantity,amount", "A1,S1,1,15", "A1,S2,2,10", "A2,S1,1,15", "A3,S3,2,40")
ORDERS_CN = text("订单号,下单时间,会员号,订单金额", "A1,2024-03-01 10:00,c1,25", "A2,2024-03-05 10:00,c2,15", "A3,2024-03-20 10:00,c1,40")
ITEMS_CN = text("订单号,下单时间,会员号,商品名称,数量,金额", "A1,2024-03-01 10:00,c1,龙井,1,15", "A1,2024-03-01 10:00,c1,茶巾,2,10", "A2,2024-03-05 10:00,c2,龙井,1,15", "A3,2024-03-20 10:00,c1,茶具,2,40")
# one phone of three masked, and a column of yes and no that names nobody; contracts by the day they were signed
PART_MASKED = text("订单号,下单时间,会员,收货人手机号,实付金额", "O1,2024-03-01 10:00,是,13900000001,10", "O2,2024-03-05 10:00,否,139****0002,20", "O3,2024-03-20 10:00,是,13900000001,30")
MEMBERS = text("小票号,消费时间,会员,消费金额", "1,2024-03-01 10:00,M001,10", "2,2024-03-05 10:00,M002,20", "3,2024-03-20 10:00,M001,30")
NICKS = text("订单号,下单时间,用户昵称,实付金额", "1,2024-03-01 10:00,一一,10", "2,2024-03-05 10:00,二二,20", "3,2024-03-20 10:00,一一,30")
SIGNED = text("Contract ID,Account ID,Date Signed,Contract Value", "K1,a1,2024-03-01,1000", "K2,a2,2024-03-20,500.50")
# a school with money given back, a surgery, an invoice of lines, a hotel that knows but the day of arrival
SCHOOL = text("学员编号,报名日期,课程名称,应收金额,优惠金额,实收金额,退费金额,报名状态", "S1,2024-03-01,数学,3000,200,2800,0,在读", "S2,2024-03-05,数学,3000,200,2800,2800,已退费", "S1,2024-03-20,英语,1000,0,1000,0,未缴费")
SURGERY = text("就诊日期,病历号,项目,数量,单价,金额,收费状态", "2024-03-01,P1,洁牙,1,200,200,已收费", "2024-03-05,P2,补牙,2,300,600,已收费", "2024-03-20,P1,洁牙,1,200,200,未收费")
BILLED = text("Invoice Date,Invoice No.,Bill To,Item,Qty,Unit Price,Net Amount,VAT,Gross Amount", "2024-03-01,I1,ACME 1,Widget,2,10.00,20.00,4.00,24.00", "2024-03-01,I1,ACME 1,Nut,1,5.00,5.00,1.00,6.00", "2024-03-20,I2,ACME 2,Widget,1,10.00,10.00,2.00,12.00")
HOTEL = text("预订单号,客人姓名,手机,入住日期,离店日期,间夜数,房费（元）,订单状态", "R1,林一,13900000001,2024-03-01,2024-03-02,1,300,已离店", "R2,王二,13900000002,2024-03-05,2024-03-07,2,640,已离店", "R3,林一,13900000001,2024-03-20,2024-03-21,1,320,已取消")
# what was given back stands in a second status column; a total of the order, in Japanese words; guests who share a number
CLAIMS = text("订单编号,下单时间,会员号,实付金额,订单状态,维权状态", "1,2024-03-01 10:00,c1,100.00,已完成,", "2,2024-03-05 10:00,c2,100.00,已完成,退款完成", "3,2024-03-20 10:00,c1,50.00,已完成,维权关闭")
CLAIMED = text("订单编号,下单时间,会员号,实付金额,订单状态,纠纷处理状态", "1,2024-03-01 10:00,c1,100.00,已完成,", "2,2024-03-05 10:00,c2,100.00,已完成,退款完成", "3,2024-03-20 10:00,c1,50.00,已完成,")
PAID_BACK = text("Order ID,Order Date,Customer ID,Order Total,Order Status,Payment Status", "1,2024-03-01,c1,10.00,Completed,Paid", "2,2024-03-05,c2,20.00,Completed,Refunded", "3,2024-03-20,c1,30.00,Completed,Paid")
RAKUTEN = text("受注番号,受注ステータス,注文日時,注文者メールアドレス,商品名,個数,単価,請求金額", "r1,発送済,2024/03/01 10:00:00,a@example.com,皿,1,1000,2500", "r1,発送済,2024/03/01 10:00:00,a@example.com,鉢,1,1000,2500", "r2,キャンセル,2024/03/05 10:00:00,b@example.com,皿,1,1000,1000", "r3,発送済,2024/03/20 10:00:00,c@example.com,皿,2,1000,2500")
GUESTS = text("Order ID,Order Date,Customer ID,Order Total,Order Status", "1,2024-03-01,0,10.00,Completed", "2,2024-03-05,0,20.00,Completed", "3,2024-03-06,17,30.00,Completed", "4,2024-03-20,18,40.00,Completed", "5,2024-03-21,17,5.00,Completed")
SHOP = text("order_id,order_date,customer_email,order_total", "1,2024-03-01,a@x.com,100", "2,2024-03-05,b@x.com,60", "3,2024-03-20,a@x.com,40")
GIVEN_BACK = text("refund_id,order_id,refund_date,refund_amount", "RF1,1,2024-03-06,30", "RF2,2,2024-03-19,60")
DEALS = text("Record ID,Deal Name,Deal Stage,Amount,Amount in company currency,Close Date,Associated Contact IDs", "801,Alpha,Closed Won,1200,1200,2024-03-01 17:00,5001", "802,Beta,Closed Lost,900,900,2024-03-05 17:00,5003", "803,Alpha 2,Closed Won,300,300,2024-03-20 17:00,5001")
STARS = text("评价时间,用户昵称,门店,星级,评价内容", "2024-03-01 20:00,一一,一店,2星,慢", "2024-03-05 20:00,二二,一店,4.5星,好", "2024-03-20 20:00,三三,一店,5星,很好")
PHONE_ASKED = text("序号,提交答卷时间,所用时间,来源,来源详情,来自IP,1、您的手机号,2、您有多大可能把我们推荐给朋友（0-10分）", "1,2024/3/1 10:00:00,60秒,微信,N/A,1.1.1.1(北京-北京),13900000001,9", "2,2024/3/5 10:00:00,60秒,微信,N/A,1.1.1.1(北京-北京),13900000002,4", "3,2024/3/20 10:00:00,60秒,微信,N/A,1.1.1.1(北京-北京),13900000001,10")
# tills count anew: each day and in each store, each month; money comes back under the number of a sale, a discount does not
TILLS = text("门店,销售日期,小票号,会员号,商品,数量,实收金额", *(f"{store},2024-03-{day:02},{number:04},{store}{day}{number},{item},1,{price}" for store in ("一店", "二店") for day in (1, 2, 20) for number in (1, 2, 3) for item, price in (("茶", 10), ("杯", 5))))
MONTHLY = text("Store,Date,Receipt No,Member ID,Item,Amount", *(f"S1,2024-0{month}-{day:02} 10:0{line}:00,{1000 + day},M{month}{day},Item {line},{8 + 2 * line}" for month in (2, 3) for day in (1, 2, 20) for line in (1, 2)))
ANONYMOUS_TILL = text("日期,小票号,金额", *(f"2024-03-{day:02} 10:00,{number:03},10" for day in (1, 2, 20) for number in (1, 2, 3)))
DEPOSITS = text("订单号,支付时间,支付类型,买家手机号,支付金额", "P1,2024-03-01 10:00,定金,13900000001,20", "P1,2024-03-05 10:00,尾款,13900000001,80", "P2,2024-03-14 10:00,全款,13900000002,50", "P3,2024-03-20 10:00,全款,13900000001,30")
SAME_NUMBER = text("订单号,下单时间,会员号,商品,金额", "1,2024-03-01 10:00,c1,茶,50", "1,2024-03-01 10:00,c1,杯,5", "2,2024-03-02 10:00,c2,茶,50", "2,2024-03-05 11:00,c2,茶,-50", "3,2024-03-20 10:00,c1,杯,20", "3,2024-03-21 09:00,c1,杯,-8")
DISCOUNTED = text("订单号,下单时间,会员号,商品,金额", "1,2024-03-01 10:00,c1,茶,50", "1,2024-03-01 10:00,c1,满减,-5", "2,2024-03-02 10:00,c2,茶,50", "3,2024-03-20 10:00,c1,杯,20")
REOPENED = text("营业日期,账单号,结账时间,账单类型,实收金额,会员卡号", "2024-03-01,B1,2024-03-01 19:30,正常单,180,V1", "2024-03-02,B2,2024-03-02 19:30,正常单,300,V2", "2024-03-20,B2,2024-03-20 12:30,反结账,-300,V2")
def told(header, *values, status="Total", rows=("100.00", "50.00", "70.00", "30.00")):
    """Four orders whose further column says what became of them."""
    return text(f"Order ID,Order Date,Customer ID,{status},{header}", *(f"{n},2024-03-{n * 5:02},C{n % 3},{money},{value}" for n, (money, value) in enumerate(zip(rows, values, strict=True), 1)))


# what became of an order stands under headers nobody listed, in other languages, as a date, as money or pieces
ENDED = {"State": ("Completed", "Cancelled", "Refunded", "Completed"), "Order Condition": ("Completed", "Cancelled", "Refunded", "Completed"), "État": ("Livré", "Annulé", "Remboursé", "Livré"),
         "Situazione": ("Consegnato", "Annullato", "Rimborsato", "Consegnato"), "処理の様子": ("発送済", "キャンセル", "返金済", "発送済"), "订单进度": ("已完成", "已取消", "已退款", "已完成"), "Fulfillment": ("fulfilled", "cancelled", "returned", "fulfilled")}
GIVEN = {"Refunds": "", "Returned Amount": "-", "Rückerstattung": "", "售后退款": "", "Refunded Total": "-"}
STATED = [Case(f"ended: {header}", {"orders.csv": told(header, *values)}, "orders", (4, 3, 0, 0, 1, 0), 3, 200, 70, 2, guessed=True) for header, values in ENDED.items()]
STATED += [Case(f"given back: {header}", {"orders.csv": told(header, f"{sign}20.00", "0.00", f"{sign}70.00", "")}, "orders", (4, 4, 0, 0, 0, 0), 4, 250, 90, 3, guessed=True) for header, sign in GIVEN.items()]
# a refund denied is none, beside the status of the order or alone
DENIED = {"Refund Status": ("Not refunded", "No refund", "Refunded", "Never refunded"), "Return Status": ("Not returned", "Non-returned", "Returned", "not yet returned"), "Erstattung Status": ("Nicht erstattet", "Noch nicht erstattet", "Erstattet", "Nicht erstattet"),
          "退款状态": ("未退款", "未发生退款", "已退款", "没有退款"), "Statut": ("Non remboursé", "Pas encore remboursé", "Remboursé", "Non remboursé")}
STATED += [Case(f"denied: {header}", {"orders.csv": told(header, *values)}, "orders", (4, 4, 0, 0, 0, 0), 4, 250, 70, 3, guessed=True) for header, values in DENIED.items()]
STATED += [Case(f"denied beside: {header}", {"orders.csv": told(f"Order Status,{header}", *(f"{state},{value}" for state, value in zip(("Completed", "Cancelled", "Shipped", "Completed"), values, strict=True)))}, "orders", (4, 3, 0, 0, 1, 0), 3, 200, 70, 2, guessed=True) for header, values in DENIED.items() if header != "Statut"]
# given back in further words; in words nobody can class, which must be asked, but for an order called off anyway
WHOLLY = {"退款状态": ("无退款", "否", "全部退款", "退款中"), "售后状态": ("", "换货成功", "全额退", "-"), "Refund Status": ("No Refund", "None", "Full Refund", "Requested"), "Return Status": ("", "n/a", "Refund Issued", "")}
STATED += [Case(f"wholly: {header}", {"orders.csv": told(f"Order Status,{header}", *(f"{state},{value}" for state, value in zip(("Completed", "Cancelled", "Shipped", "Completed"), values, strict=True)))}, "orders", (4, 3, 0, 0, 1, 0), 3, 200, 70, 2, guessed=True) for header, values in WHOLLY.items()]
DOUBTED = told("Order Status,Refund Status", "Completed,", "Cancelled,Code 7", "Shipped,Completed", "Completed,Code 7")
# kinds of rows that nobody can class beside one that is known: money going out is proposed not to count, all else to count
STRANGE = text("单号,日期,会员号,业务类型,金额", "1,2024-03-01,c1,销售,100", "2,2024-03-05,c2,续充,500", "3,2024-03-06,c2,押金,200", "4,2024-03-07,c1,调账,-50", "5,2024-03-08,c1,退货,-40", "6,2024-03-20,c2,内部调拨,30")
BILLS = text("Transaction ID,Date,Customer ID,Type,Status,Gross", "1,2024-03-01,c1,Express Checkout Payment,Completed,100", "2,2024-03-05,c1,Payment Refund,Completed,-20", "3,2024-03-06,c9,PreApproved Payment Bill User Payment,Completed,-35.50", "4,2024-03-07,c2,Gizmo,Denied,60", "5,2024-03-20,c3,Gizmo,Completed,10")
# the buyer's state is no status, what is left after fees no sale; money put into the drawer neither, and a sale called off keeps its kind
AMAZON = text('"date/time","settlement id","type","order id","sku","description","quantity","marketplace","fulfillment","order city","order state","order postal","product sales","selling fees","fba fees","other","total"', '"Mar 1, 2024 10:05:00 AM PST","1","Order","111-1","S1","Tea","1","amazon.com","Amazon","AUSTIN","TX","78701","1,285.00","-3.00","0","0","1,282.00"', '"Mar 1, 2024 10:05:00 AM PST","1","Order","111-1","S2","Cup","1","amazon.com","Amazon","AUSTIN","TX","78701","15.00","-1.00","0","0","14.00"', '"Mar 5, 2024 10:05:00 AM PST","1","Order","111-2","S1","Tea","1","amazon.com","Amazon","FRESNO","CA","93701","660.00","-3.00","0","0","657.00"', '"Mar 10, 2024 10:05:00 AM PST","1","Refund","111-2","S1","Tea","1","amazon.com","Amazon","FRESNO","CA","93701","-660.00","2.40","0","0","-657.60"', '"Mar 12, 2024 10:05:00 AM PST","1","Service Fee","","","Subscription","","amazon.com","","","","","0.00","0","0","-39.99","-39.99"', '"Mar 20, 2024 10:05:00 AM PST","1","Transfer","","","To your account","","amazon.com","","","","","0.00","0","0","-500.00","-500.00"')
PLACES = {"Ship Postal,Order State": ("78701,TX", "93701,CA", "12207,NY", "78701,TX"), "Ship City,Order State": ("Austin,Texas", "Fresno,California", "Albany,New York", "Austin,Texas")}
STATED += [Case(f"places: {header}", {"orders.csv": told(header, *values)}, "orders", (4, 4, 0, 0, 0, 0), 4, 250, 0, 3, guessed=True, query="SELECT count(DISTINCT region) FROM orders", answer=[(3,)]) for header, values in PLACES.items()]
DRAWER = ("取引区分,取消区分,小計,値引,合計,税,支払方法,会員ID,会員コード,店舗名,端末取引ID", "通常,通常,1335,-50,1285,128,現金,101,K1,本店,1", "通常,取消,509,-50,459,45,現金,102,K2,本店,2", "返品,通常,-285,0,-285,0,現金,101,K1,本店,3", "入金,通常,30000,0,30000,0,現金,,,本店,4", "通常,通常,660,0,660,66,現金,102,K2,本店,5")
SMAREGI = text(f"取引ID,取引日時,{DRAWER[0]}", *(f"{n},2024/03/0{n} 10:05:00,{row}" for n, row in enumerate(DRAWER[1:], 1)), encoding="cp932")
SMAREGI_CODES = text(f"取引ID,取引日時,{DRAWER[0]}", *(f"{n},2024/03/0{n} 10:05:00,{row}".replace("通常,通常,", "通常,,").replace(",取消,", ",1,").replace("返品,通常,", "返品,0,") for n, row in enumerate(DRAWER[1:], 1)), encoding="cp932")
DRAWER_JP = text(f"伝票番号,取引日時,{DRAWER[0]}".replace("会員ID", "会員番号"), *(f"{n},2024/03/0{n} 10:05:00,{row}" for n, row in enumerate(DRAWER[1:], 1)), encoding="cp932")
NO_HEADER = text(*(f"{n},2024-03-{n * 4:02} 10:00:00,C{n % 2},{n}0.50,{state}" for n, state in enumerate(("已完成", "已取消", "已退款", "已完成", "已完成"), 1)))
CALLED_OFF = told("Cancelled at", "", "2024-03-11 10:00", "", "")
PIECES_BACK = text("Order number,Date created,Contact email,Item,Qty,Quantity refunded,Price,Total", "1,2024-03-01,a@e.com,Mug,3,1,20.00,60.00", "2,2024-03-14,b@e.com,Mug,1,0,20.00,20.00", "3,2024-03-20,b@e.com,Mug,2,0,20.00,40.00")
MAYBE_PIECES = told("Returns", "1", "0", "2", "0")
IN_PART = told("Status,Erstattungsbetrag", "Geliefert,0.00", "Teilweise erstattet,20.00", "Erstattet,70.00", "Storniert,0.00")
SPAIN = text("Nº de pedido;Fecha del pedido;Estado del pedido;Correo electrónico;Importe total", "5001;13/03/2024 10:15;Completado;a@e.es;121,00", "5002;14/03/2024 10:15;Cancelado;b@e.es;60,50", "5003;20/03/2024 10:15;Reembolsado;b@e.es;60,50", encoding="cp1252")
# what an hour of changes once read wrongly: kinds of sale that are denied, a code of places that are states of orders, a shift and a locker that are no orders
MEMBERS_OR_NOT = text("小票号,时间,会员号,消费类型,实收金额", *(f"{n},2024-03-{n:02} 10:00,c{n % 4},{'非会员消费' if n % 2 else '会员消费'},10" for n in range(1, 13)), "13,2024-03-13 10:00,c1,退款,-10")
ORDER_STATE = text("Order No,Order Date,Customer ID,Order State,Total", *(f"{n},2024-03-{n:02},c{n % 4},{('CMP', 'CXL', 'PND')[n % 3]},10" for n in range(1, 13)))
MIDNIGHT_SHIFTS = text("Date,Shift No,Amount", *(f"2024-03-{1 + n // 4:02} 00:00:00,S{100 + n // 4},10" for n in range(12)))
LOCKERS = text("Date,Customer ID,Locker No,Amount", *(f"2024-03-{1 + n // 2:02},c{n // 2},L{200 + n // 2},10" for n in range(12)))
INTENTS = text("id,object,amount,amount_received,created,currency,customer,status,livemode", "pi_1,payment_intent,2000,2000,1709280000,usd,c1,succeeded,true", "pi_2,payment_intent,3000,0,1709366400,usd,c2,requires_payment_method,true", "pi_3,payment_intent,1550,1550,1710000000,usd,c1,succeeded,true")
# what the goods bring and what is left of it after fees, under words of its own
AFTER_FEES = text("# de venta,Fecha de venta,Estado,Ingresos por productos (ARS),Cargo por venta e impuestos (ARS),Anulaciones y reembolsos (ARS),Total (ARS),DNI", "1,3 de marzo de 2024 10:05 hs.,Entregado,12850,-1670,0,11180,30110220", "2,10 de marzo de 2024 11:08 hs.,Entregado,6600,-858,0,5742,30113223", "3,17 de marzo de 2024 12:11 hs.,Cancelada por el comprador,4590,0,-4590,0,30110220", "4,24 de marzo de 2024 09:00 hs.,Entregado,8800,0,-8800,0,30113223")
TAIWAN = text("訂單編號,訂購日期,會員手機號碼,訂單狀態,訂單總金額", "T1,2024-03-01 10:00,0911000001,已結帳,300", "T2,2024-03-05 10:00,0911000002,已關閉,200", "T3,2024-03-06 10:00,0911000002,交易失敗,90", "T4,2024-03-20 10:00,0911000001,已退貨,250", "T5,2024-03-21 10:00,0911000002,已付款,50")
SHOPEE = text("訂單編號,訂單狀態,退貨 / 退款狀態,會員手機,下單時間,實付金額,商品名稱,數量", "A,完成,,0911000001,2024-03-01 10:00,300,茶,2", "B,不成立,,0911000002,2024-03-05 10:00,100,茶,1", "C,完成,退款完成,0911000002,2024-03-20 10:00,200,茶,2", encoding="big5")
# the same on both lines of an order: the order's or each line's, told by a voucher's number, or not told at all; and without a number of the order
EQUAL = text("订单号,下单时间,会员号,商品,实付金额", "1,2024-03-01 10:00,V1,茶,50", "1,2024-03-01 10:00,V1,杯,50", "2,2024-03-05 10:00,V2,茶,50", "3,2024-03-20 10:00,V1,杯,50")
VOUCHERS = text("券编号,订单编号,商品名称,下单时间,用户实付,会员号", "1001,1,双人餐,2024-03-01 10:00,180,V1", "1002,1,双人餐,2024-03-01 10:00,180,V1", "1003,2,双人餐,2024-03-20 10:00,200,V2")
GROUP_BUY = text("团购活动,跟团号,支付时间,商品,数量,商品金额,订单金额,订单状态,联系电话", "春,1,2024-03-01 10:00:00,茶,2,100,155,已发货,13800000001", "春,1,2024-03-01 10:00:00,杯,1,50,155,已发货,13800000001", "夏,1,2024-03-20 10:00:00,茶,1,60,60,已发货,13800000003")
# whose order it is: a card, else the phone; nobody's; what is sold for later
CARD_OR_PHONE = text("订单号,下单时间,会员卡号,手机号,实付金额", "1,2024-03-01 10:00,V1,13900000001,10", "2,2024-03-05 10:00,,13900000002,20", "3,2024-03-06 10:00,,13900000002,30", "4,2024-03-20 10:00,,,40", "5,2024-03-21 10:00,V1,,5")
WALK_IN = text("Receipt No,Date,Customer ID,Total", "R1,2024-03-01,WALKIN,10", "R2,2024-03-05,Walk-in Customer,20", "R3,2024-03-06,C7,30", "R4,2024-03-20,Cash Customer,40")
KINDS = text("单号,日期,会员号,业务类型,金额", "1,2024-03-01,c1,销售,100", "2,2024-03-05,c2,储值退款,500", "3,2024-03-06,c2,积分兑换,30", "4,2024-03-20,c1,退货,40")
SQUARE = text("Date,Time,Time Zone,Category,Item,Qty,Price Point Name,Gross Sales,Discounts,Net Sales,Transaction ID,Payment ID,Event Type,Location,Customer ID,Itemization Type", "2024-03-01,10:00:00,UTC,None,Gift Card,1,,100.00,0,100.00,T1,P1,Payment,Main,K1,Gift Card", "2024-03-20,10:00:00,UTC,Food,Bagel,1,,8.00,0,8.00,T2,P2,Payment,Main,K1,Physical Good")
# amounts and days to choose from, in words of other languages
TAX_DE = text("Bestellnummer;Datum;Kundennummer;Netto;Brutto", "1;13.03.2024;K1;100,00;119,00", "2;20.03.2024;K2;50,00;59,50")
TAX_FR = text("Numéro de commande;Date de commande;E-mail;Total HT;Total TTC", "1;13/03/2024;a@e.fr;100,00;120,00", "2;20/03/2024;b@e.fr;50,00;60,00")
TAX_CN = text("发票号,开票日期,客户编号,无税金额,税额,价税合计", "1,2024-03-13,K1,100,13,113", "2,2024-03-20,K2,50,6.5,56.5")
SUMMED = text("Order No,Order Date,Member ID,Subtotal,Tax,Total", "1,2024-03-01,c1,100,8,108", "2,2024-03-20,c2,50,4,54")
REDEEMED = text("券编号,核销时间,下单时间,会员号,用户实付", "1,2024-03-31 18:00,2024-03-01 10:00,c1,180", "2,2024-03-20 18:00,2024-03-14 10:00,c2,200")
SOLD_AT = text("券码,核销时间,会员号,售价（元）,结算价（元）", "1,2024-03-01 18:00,c1,168,149.6", "2,2024-03-20 18:00,c2,298,283.1")
VENDAS = text("Número do Pedido;E-mail;Data;Status do Pedido;Status do Pagamento;Status do Envio;Total", "101;a@e.br;13/03/2024 10:15;Concluído;Confirmado;Enviado;105,00", "102;b@e.br;14/03/2024 10:15;Cancelado;Recusado;Não enviado;65,00", "103;b@e.br;20/03/2024 10:15;Concluído;Reembolsado;Enviado;1.065,00")
CHATS = text("对话ID,顾客名称,顾客ID,对话开始时间,对话结束时间,首次响应时长(秒),平均响应时长(秒),对话时长(秒),客服,来源,满意度评价,标签", "1,访客一,V1,2024-03-01 10:00:00,2024-03-01 10:10:00,30,20,600,小张,官网,好评,退款", "2,访客二,V2,2024-03-20 10:00:00,2024-03-20 10:05:00,300,20,300,小张,微信,差评,物流")
INVITED = text("活动名称,老客姓名,老客手机号,新客姓名,新客手机号,邀请注册时间,首单支付时间,首单金额,老客奖励", "春季,李一,13800000001,张三,13800000003,2024-03-01 10:00:00,2024-03-05 10:00:00,100,20", "春季,李一,13800000001,赵四,13800000004,2024-03-20 10:00:00,,,")
FORM = text('"时间戳记","电子邮件地址","您有多大可能向朋友推荐我们？（0-10）","您对服务的满意程度"', '"2024/03/01 上午 10:15:00 GMT+8","a@e.com","9","非常满意"', '"2024/03/05 下午 3:15:00 GMT+8","b@e.com","6","一般"', '"2024/03/20 下午 12:15:00 GMT+8","a@e.com","10","满意"')
# headers of numbers and of customers in words nobody had listed; a header nobody could list, told by its values; none
NUMBERED = [Case(f"{header} and {person}", {"o.csv": text(f"{header},Date,{person},Item,Amount", "R101,2024-03-01,K1,a,60", "R101,2024-03-01,K1,b,40", "R102,2024-03-05,K2,a,30", "R103,2024-03-20,K1,a,20", "R103,2024-03-20,K1,b,10")},
                 "orders", (5, 3, 2, 0, 0, 0), 3, 160, 0, 2, guessed=True)
            for header, person in (("Faktura", "cust_no"), ("Rechnung", "Account No"), ("Txn No", "Member Code"), ("Check #", "membership_id"), ("Sales No", "Cust No"), ("Nº Factura", "Customer No"), ("N° facture", "Customer No"), ("Vorgang", "Customer No"))]
NUMBERED += [Case(f"{header}和{person}", {"o.csv": text(f"{header},日期,{person},商品,金额", "R101,2024-03-01,K1,a,60", "R101,2024-03-01,K1,b,40", "R102,2024-03-05,K2,a,30", "R103,2024-03-20,K1,a,20", "R103,2024-03-20,K1,b,10")},
                  "orders", (5, 3, 2, 0, 0, 0), 3, 160, 0, 2, guessed=True)
             for header, person in (("取引ID", "会員ID"), ("伝票番号", "顧客コード"), ("レシート番号", "会员号"), ("小票流水", "用户标识"), ("小票流水", "VIP卡号"), ("小票流水", "付款账户"))]
# a shelf is bought from on several days, so it is no order; a check may be a way to pay
SHELF = text("Shelf,Date,Customer No,Amount", "A-101,2024-03-01,K1,60", "A-101,2024-03-05,K1,40", "B-202,2024-03-05,K2,30", "B-202,2024-03-20,K1,20")
BY_CHECK = text("Date,Customer No,Cash,Check,Amount", "2024-03-01,K1,60.00,0.50,60.50", "2024-03-20,K2,0.00,40.25,40.25")
# day and clock in two columns: the hours are kept, whatever the order of day and month
CLOCK_CN = text("交易日期,时间,商户订单号,付款账户,货币种类,金额", "2024-03-01,10:05:00,S1,oXa,人民币CNY,10", "2024-03-05,11:08:30,S2,oXb,人民币CNY,20", "2024-03-20,09:00:00,S3,oXa,人民币CNY,30")
CLOCK_MIDNIGHT = text("Date,Time,Order ID,Customer ID,Amount", "2024-03-03 00:00:00,10:05:00,S1,c1,10", "2024-04-05 00:00:00,11:08:00,S2,c2,20", "2024-04-20 00:00:00,09:00:00,S3,c1,30")
# a till whose header is part of another's: its values still name the orders
PART_OF_A_NAME = text("Date,Customer ID,Qty,Unit Price,Note,Pric", *(f"2024-03-{day:02} 10:00,c{day % 4},1,10,,R-{day}" for day in (1, 1, 5, 5, 20, 20)))
CLOCK_EN = text("Date,Time,Order ID,Customer ID,Amount", "31/03/2024,10:05,S1,c1,10", "05/04/2024,11:08,S2,c2,20", "20/04/2024,09:00,S3,c1,30")
HOURS = "SELECT list(strftime(timezone('{}', ordered_at), '%m-%d %H:%M:%S') ORDER BY ordered_at) FROM orders"
# amounts of India, Korea, a play store and a delivery service; the currency of SAP
INDIA = text("Invoice No,Invoice Date,Customer Name,Mobile No,Taxable Value,CGST,SGST,Invoice Value", 'I/1,03-Jan-24,Ann Hall,9876543200,"₹1,00,000.00","₹9,000.00","₹9,000.00","₹1,18,000.00"', 'I/2,10-Jan-24,Dee Moss,9876543230,"₹50,000.00","₹4,500.00","₹4,500.00","₹59,000.00"', 'I/3,20-Mar-24,Ann Hall,9876543200,₹500.00,₹45.00,₹45.00,₹590.00')
KOREA = text("번호,주문번호,주문일,상품명,구매수량,옵션판매가,결제액,구매자,구매자전화번호", "1,K1,2024-03-01 10:05,차,2,5000,10000,김,010-1234-5678", "2,K2,2024-03-05 10:05,컵,1,7000,7000,이,010-2345-6789", "3,K3,2024-03-20 10:05,차,1,5000,5000,김,010-1234-5678")
PLAY = text("Description,Transaction Date,Transaction Time,Tax Type,Transaction Type,Refund Type,Product Title,Product id,Sku Id,Buyer Country,Buyer Currency,Amount (Buyer Currency),Merchant Currency,Amount (Merchant Currency)", *(f'GPA.{number},"{day}, 2024",10:05:00 AM PST,,{kind},,Tea,com.tea,s,US,USD,{money},USD,{money}' for number, day, kind, money in ((1, "Mar 1", "Charge", 10), (1, "Mar 1", "Google fee", -1.5), (2, "Mar 5", "Charge", 20), (2, "Mar 5", "Google fee", -3), (2, "Mar 6", "Charge refund", -20), (2, "Mar 6", "Google fee refund", 3))))
EATS = text("Store ID,Order ID,Order Date,Order Accept Time,Sales (excl. tax),Tax on Sales,Sales (incl. tax),Marketplace Fee", "s1,#1,3/31/2024,10:05 AM,9,1,10,-3", "s1,#2,4/5/2024,1:08 PM,18,2,20,-6")
SAP = text("Fakturadatum;Faktura;Auftraggeber;Material;Fakturierte Menge;Nettowert;Währg", "03.01.2024;9001;100;TEE;1;77,10;EUR", "03.01.2024;9001;100;TASSE;2;51,40;EUR", "13.03.2024;9002;101;TEE;1;39,60;EUR", encoding="cp1252")
# whether one would recommend, without a word of the scale; a question of something else is told
PROMOTE = [Case(asked, {"金数据.csv": text(f"序号,{asked},提交时间,手机,您的年龄段", "1,9,2024-03-01 10:05:00,13900010001,26-35", "2,10,2024-03-05 11:08:00,13900010004,36-45", "3,3,2024-03-20 12:11:00,13900010001,26-35")},
                "feedback", (3, 3, 0, 0, 0, 0), guessed=True, query="SELECT sum(score), max(scale_max), min(kind), count(DISTINCT customer_id) FROM feedback", answer=[(22, 10, "nps", 2)])
           for asked in ("您有多大可能推荐给朋友", "您有多大可能向朋友推荐我们", "有多大可能把本店推荐给同事", "How likely are you to recommend us")]
# a book kept by hand: days as text, a subtotal behind each month
BOOK = text("日期,顾客,电话,收入", "2024.1.3,林一诺,13900010001,64.25", "2024.1.31,王二宝,13900010002,77.1", "1月小计,,,141.35", "2024.2.10,林一诺,13900010001,33", "2024.2.11,王二宝,13900010002,7", "二月份合计,,,40", "2024.3.20,赵思远,13900010004,40", "3月小计,,,40", "总计,,,221.35")
# days as people write them: Spanish months, years of Taiwan and of Thailand, short years first, a weekday or half a day behind, seconds
def dated(header, *days, name="o.csv", encoding="utf-8"):
    """Three orders on these days."""
    return {name: text(f"订单号,{header},会员号,实付金额" if header[0] > "z" else f"Order ID,{header},Customer ID,Total", *(f"A{n},{day},c{n % 2},{n}0" for n, day in enumerate(days, 1)), encoding=encoding)}


DATES = {"Fecha de venta": ("3 de marzo de 2024 10:05 hs.", "5 de abril de 2024 11:08 hs.", "20 de abril de 2024 09:00 hs."), "created": ("1709460300", "1712315280", "1713603600"),
         "訂單日期": ("113/03/03 10:05", "113/4/5 11:08", "113年4月20日 09:00"), "下单日期": ("24/3/3 10:05", "24/4/5 11:08", "24/4/20 09:00"), "下单时间": ("2024-03-03 10:05:00 星期日", "2024-04-05 11:08:00 星期五", "2024-04-20 09:00:00 星期六"),
         "成交日期": ("2024年3月3日 上午10:05", "2024年4月5日 上午11:08", "2024年4月20日 上午9:00"), "订购时间": ("2024/3/3（日） 10:05", "2024/4/5（五） 11:08", "2024/4/20（六） 09:00"), "Order Date": ("03/03/2567 10:05", "05/04/2567 11:08", "20/04/2567 09:00"), "Order Time": ("2567-03-03 10:05:00", "2567-04-05 11:08:00", "2567-04-20 09:00:00")}
WRITTEN = [Case(f"{header} {days[0]}", dated(header, *days), "orders", (3, 3, 0, 0, 0, 0), 3, 60, 0, 2, guessed=True, query=HOURS.format("Asia/Taipei" if header == "訂單日期" else "Asia/Shanghai" if header[0] > "z" else "UTC"), answer=[(["03-03 10:05:00", "04-05 11:08:00", "04-20 09:00:00"],)]) for header, days in DATES.items()]
STRIPE_API = text('{"id":"ch_1","object":"charge","amount":1250,"amount_refunded":0,"created":1709287500,"currency":"usd","customer":"cus_1","paid":true,"refunded":false,"status":"succeeded"}', '{"id":"ch_2","object":"charge","amount":2000,"amount_refunded":500,"created":1709547000,"currency":"usd","customer":"cus_2","paid":true,"refunded":false,"status":"succeeded"}', '{"id":"ch_3","object":"charge","amount":999,"amount_refunded":0,"created":1710925200,"currency":"usd","customer":"cus_1","paid":false,"refunded":false,"status":"failed"}')
# dinars count in thousandths; what is not captured is no sale
STRIPE_DINARS = text("id,object,amount,amount_refunded,created,currency,customer,captured,paid,status", "ch_1,charge,12345,1000,1709287500,kwd,cus_1,true,true,succeeded", "ch_2,charge,2000,0,1709547000,kwd,cus_2,true,true,succeeded", "ch_3,charge,2500,0,1710925200,kwd,cus_1,false,true,succeeded", "ch_4,charge,900,0,1710925200,kwd,cus_1,false,false,failed")
def pivoted():
    """A workbook whose first sheet is a pivot of the second."""
    book = openpyxl.Workbook()
    book.active.title = "透视表"
    for row in (("会员号", "订单数", "求和项:实付金额"), ("c1", 2, 30), ("c2", 1, 20)):
        book.active.append(row)
    orders = book.create_sheet("原始数据")
    for row in (("订单号", "下单时间", "会员号", "实付金额"), ("A1", "2024-03-01 10:00", "c1", 10), ("A2", "2024-03-05 10:00", "c2", 20), ("A3", "2024-03-20 10:00", "c1", 20)):
        orders.append(row)
    return saved(book)


GORGIAS = text("Ticket ID,Ticket subject,Created date,Closed date,First response date,Channel,Status,Assignee,Customer email,Tags", "5,Where,2024-03-01T10:05:00Z,,2024-03-01T10:10:00Z,email,open,Amy,a@example.org,w", "6,Where,2024-03-05T11:08:00Z,2024-03-05T16:08:00Z,2024-03-05T11:13:00Z,email,closed,Amy,b@example.org,w")
INTERCOM = text("Conversation ID,Conversation created at (UTC),Conversation type,Status,User name,User email,Teammate currently assigned,First reply time (seconds),Closed at,Channel", "21,2024-03-01 10:05,Email,Open,Ann,a@example.org,Amy,120,,Messenger", "22,2024-03-05 11:08,Email,Closed,Bo,b@example.org,Amy,121,2024-03-05 14:08,Messenger")
OPENED = "SELECT count(*), count(closed_at), count(DISTINCT customer_id), min(agent_id) FROM tickets"
def database(script):
    """A database that a script makes, as the bytes of its file."""
    def made():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "shop.sqlite"
            with contextlib.closing(sqlite3.connect(path)) as shop:
                shop.executescript(script)
            return path.read_bytes()
    return made


# of a shop: orders, their items, and tables of something else
OF_A_SHOP = """
    CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INT, total_amount REAL, created_at TEXT);
    CREATE TABLE order_items(id INTEGER PRIMARY KEY, order_id INT, product_name TEXT, qty INT, unit_price REAL);
    CREATE TABLE products(id INT, name TEXT, price REAL);
    CREATE TABLE schema_migrations(version TEXT);
    INSERT INTO orders VALUES (1, 7, 25, '2024-03-01 10:00'), (2, 8, 15, '2024-03-05 10:00'), (3, 7, 40, '2024-03-20 10:00');
    INSERT INTO order_items VALUES (1, 1, 'tea', 1, 15), (2, 1, 'cup', 2, 5), (3, 2, 'tea', 1, 15), (4, 3, 'pot', 2, 20);
    INSERT INTO products VALUES (1, 'tea', 15), (2, 'cup', 5);
    INSERT INTO schema_migrations VALUES ('2024');"""
# orders paid in pieces, with a view of the days' sales: the same money three times
PAID_IN_PIECES = """
    CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INT, total_amount REAL, created_at TEXT);
    CREATE TABLE payments(order_id INT, paid_at TEXT, amount REAL);
    INSERT INTO orders VALUES (1, 7, 25, '2024-03-01 10:00'), (2, 8, 15, '2024-03-05 10:00'), (3, 7, 40, '2024-03-20 10:00');
    INSERT INTO payments VALUES (1, '2024-03-01 10:01', 25), (2, '2024-03-05 10:01', 15), (3, '2024-03-20 10:01', 40);
    CREATE VIEW daily_sales AS SELECT date(created_at) AS date, sum(total_amount) AS amount FROM orders GROUP BY 1;"""
# a shift of a till is a number of its day, an invoice is asked for or not: neither is an order's
SHIFTS = text("Shift No,Date,Item,Amount", "S101,2024-03-01,a,60", "S101,2024-03-01,b,40", "S102,2024-03-20,a,30")
ASKED = text("Factura,Fecha,ID Cliente,Importe", "No,2024-03-01,c1,60", "Sí,2024-03-05,c2,40", "No,2024-03-20,c1,30")
SOLD = "SELECT sum(quantity), count(product), sum(amount) FROM orders"

MONEY_ROOM = [
    *NUMBERED, *PROMOTE, *WRITTEN,
    Case("A shop's database", {"shop.sqlite": database(OF_A_SHOP)}, "orders", (7, 3, 4, 0, 0, 0), 3, 80, 0, 2, guessed=True, query=SOLD, answer=[(6, 3, 80)]),
    Case("Orders, payments and a view", {"shop.sqlite": database(PAID_IN_PIECES)}, "orders", (3, 3, 0, 0, 0, 0), 3, 80, 0, 2, guessed=True),
    Case("Shifts", {"o.csv": SHIFTS}, "orders", (3, 3, 0, 0, 0, 0), 3, 130, 0, 0, anonymous=3, guessed=True),
    Case("Factura or not", {"o.csv": ASKED}, "orders", (3, 3, 0, 0, 0, 0), 3, 130, 0, 2, guessed=True),
    Case("透视表在前", {"分析.xlsx": pivoted}, "orders", (3, 3, 0, 0, 0, 0), 3, 50, 0, 2, guessed=True),
    Case("Gorgias", {"tickets.csv": GORGIAS}, "tickets", (2, 2, 0, 0, 0, 0), guessed=True, query=OPENED, answer=[(2, 1, 2, "Amy")]),
    Case("Intercom", {"conversations.csv": INTERCOM}, "tickets", (2, 2, 0, 0, 0, 0), guessed=True, query=OPENED, answer=[(2, 1, 2, "Amy")]),
    Case("Stripe API", {"charges.jsonl": STRIPE_API}, "orders", (3, 2, 0, 0, 1, 0), 2, 32.5, 5, 2, guessed=True),
    Case("Stripe dinars", {"charges.csv": STRIPE_DINARS}, "orders", (4, 2, 0, 0, 2, 0), 2, 14.345, 1, 2, guessed=True),
    Case("每月有小计的流水账", {"流水账.csv": BOOK}, "orders", (5, 5, 0, 0, 0, 0), 5, 221.35, 0, 3, guessed=True),
    Case("日期与时间", {"o.csv": CLOCK_CN}, "orders", (3, 3, 0, 0, 0, 0), 3, 60, 0, 2, guessed=True, query=HOURS.format("Asia/Shanghai"), answer=[(["03-01 10:05:00", "03-05 11:08:30", "03-20 09:00:00"],)]),
    Case("Midnight and time", {"o.csv": CLOCK_MIDNIGHT}, "orders", (3, 3, 0, 0, 0, 0), 3, 60, 0, 2, guessed=True, query=HOURS.format("UTC"), answer=[(["03-03 10:05:00", "04-05 11:08:00", "04-20 09:00:00"],)]),
    Case("Part of a name", {"o.csv": PART_OF_A_NAME}, "orders", (6, 3, 3, 0, 0, 0), 3, 60, 0, 2, guessed=True),
    Case("Date and time", {"o.csv": CLOCK_EN}, "orders", (3, 3, 0, 0, 0, 0), 3, 60, 0, 2, guessed=True, query=HOURS.format("UTC"), answer=[(["03-31 10:05:00", "04-05 11:08:00", "04-20 09:00:00"],)]),
    Case("India", {"gst.csv": INDIA}, "orders", (3, 3, 0, 0, 0, 0), 3, 177_590, 0, 2, guessed=True),
    Case("Coupang", {"c.csv": KOREA}, "orders", (3, 3, 0, 0, 0, 0), 3, 22_000, 0, 2, guessed=True, query="SELECT sum(quantity), count(product) FROM orders", answer=[(4, 3)]),
    Case("Google Play", {"p.csv": PLAY}, "orders", (6, 3, 0, 0, 3, 0), 2, 30, 20, 0, anonymous=3, guessed=True),
    Case("Uber Eats", {"e.csv": EATS}, "orders", (2, 2, 0, 0, 0, 0), 2, 30, 0, 0, anonymous=2, guessed=True, query=HOURS.format("UTC"), answer=[(["03-31 10:05:00", "04-05 13:08:00"],)]),
    Case("SAP Faktura", {"VBRP.csv": SAP}, "orders", (3, 2, 1, 0, 0, 0), 2, 168.1, 0, 2, guessed=True, query="SELECT sum(quantity), count(DISTINCT currency) FROM orders", answer=[(4, 1)]),
    Case("Shelves", {"o.csv": SHELF}, "orders", (4, 4, 0, 0, 0, 0), 4, 150, 0, 2, guessed=True),
    Case("Paid by check", {"o.csv": BY_CHECK}, "orders", (2, 2, 0, 0, 0, 0), 2, 100.75, 0, 2, guessed=True),
    Case("Vendas", {"vendas.csv": VENDAS}, "orders", (3, 2, 0, 0, 1, 0), 2, 1170, 1065, 2, guessed=True),
    Case("Netto und Brutto", {"a.csv": TAX_DE}, "orders", (2, 2, 0, 0, 0, 0), 2, 178.5, 0, 2, guessed=True),
    Case("HT et TTC", {"a.csv": TAX_FR}, "orders", (2, 2, 0, 0, 0, 0), 2, 180, 0, 2, guessed=True),
    Case("无税金额", {"a.csv": TAX_CN}, "orders", (2, 2, 0, 0, 0, 0), 2, 169.5, 0, 2, guessed=True),
    Case("Subtotal and total", {"a.csv": SUMMED}, "orders", (2, 2, 0, 0, 0, 0), 2, 162, 0, 2, guessed=True),
    Case("核销时间", {"a.csv": REDEEMED}, "orders", (2, 2, 0, 0, 0, 0), 2, 380, 0, 2, guessed=True),
    Case("售价与结算价", {"a.csv": SOLD_AT}, "orders", (2, 2, 0, 0, 0, 0), 2, 432.7, 0, 2, guessed=True),
    Case("两行同额", {"订单.csv": EQUAL}, "orders", (4, 3, 1, 0, 0, 0), 3, 150, 0, 2, guessed=True, asks=("lines",)),
    Case("一单两券", {"券.csv": VOUCHERS}, "orders", (3, 2, 1, 0, 0, 0), 2, 560, 0, 2, guessed=True),
    Case("没有单号的整单金额", {"团.csv": GROUP_BUY}, "orders", (3, 2, 1, 0, 0, 0), 2, 215, 0, 2, guessed=True, asks=("lines",)),
    Case("会员卡或手机", {"订单.csv": CARD_OR_PHONE}, "orders", (5, 5, 0, 0, 0, 0), 5, 105, 0, 2, anonymous=1, guessed=True),
    Case("walk-in", {"sales.csv": WALK_IN}, "orders", (4, 4, 0, 0, 0, 0), 4, 100, 0, 1, anonymous=3, guessed=True),
    Case("业务类型", {"流水.csv": KINDS}, "orders", (4, 2, 0, 0, 2, 0), 1, 100, 40, 1, guessed=True),
    Case("Square gift cards", {"items.csv": SQUARE}, "orders", (2, 1, 0, 0, 1, 0), 1, 8, 0, 1),
    *STATED,
    Case("Amazon date range", {"2024Mar.csv": AMAZON}, "orders", (6, 3, 1, 0, 2, 0), 2, 1960, 660, 0, anonymous=4),
    Case("スマレジ", {"torihiki.csv": SMAREGI}, "orders", (5, 3, 0, 0, 2, 0), 2, 1945, 285, 2),
    Case("スマレジ codes", {"torihiki.csv": SMAREGI_CODES}, "orders", (5, 3, 0, 0, 2, 0), 2, 1945, 285, 2),
    Case("レジの入金", {"torihiki.csv": DRAWER_JP}, "orders", (5, 3, 0, 0, 2, 0), 2, 1945, 285, 2, guessed=True),
    Case("refund states in doubt", {"orders.csv": DOUBTED}, "orders", (4, 3, 0, 0, 1, 0), 3, 200, 70, 2, guessed=True, asks=("statuses",)),
    Case("陌生的业务类型", {"流水.csv": STRANGE}, "orders", (6, 3, 0, 0, 3, 0), 2, 130, 40, 2, guessed=True, asks=("statuses",)),
    Case("strange kinds", {"bills.csv": BILLS}, "orders", (5, 3, 0, 0, 2, 0), 2, 110, 20, 2, guessed=True, asks=("statuses",)),
    Case("没有表头的状态", {"订单.csv": NO_HEADER}, "orders", (5, 4, 0, 0, 1, 0), 4, 132, 30.5, 2, guessed=True),
    Case("Cancelled at", {"orders.csv": CALLED_OFF}, "orders", (4, 3, 0, 0, 1, 0), 3, 200, 0, 2, guessed=True),
    Case("Pieces given back", {"orders.csv": PIECES_BACK}, "orders", (3, 3, 0, 0, 0, 0), 3, 120, 20, 2, guessed=True),
    Case("Money or pieces", {"orders.csv": MAYBE_PIECES}, "orders", (4, 4, 0, 0, 0, 0), 4, 250, 3, 3, guessed=True, asks=("returned",)),
    Case("Teilweise erstattet", {"orders.csv": IN_PART}, "orders", (4, 3, 0, 0, 1, 0), 3, 220, 90, 3, guessed=True),
    Case("Pedidos", {"pedidos.csv": SPAIN}, "orders", (3, 2, 0, 0, 1, 0), 2, 181.5, 60.5, 2, guessed=True),
    Case("非会员消费", {"流水.csv": MEMBERS_OR_NOT}, "orders", (13, 13, 0, 0, 0, 0), 12, 120, 10, 4, guessed=True),
    Case("Order State of codes", {"orders.csv": ORDER_STATE}, "orders", (12, 12, 0, 0, 0, 0), 12, 120, 0, 4, guessed=True, asks=("statuses",)),
    Case("Shifts at midnight", {"till.csv": MIDNIGHT_SHIFTS}, "orders", (12, 12, 0, 0, 0, 0), 12, 120, 0, 0, 12, guessed=True),
    Case("Lockers", {"gym.csv": LOCKERS}, "orders", (12, 12, 0, 0, 0, 0), 12, 120, 0, 6, guessed=True),
    Case("Ingresos por productos", {"ventas.csv": AFTER_FEES}, "orders", (4, 3, 0, 0, 1, 0), 3, 28250, 8800, 2, guessed=True),
    Case("Stripe payment intents", {"intents.csv": INTENTS}, "orders", (3, 2, 0, 0, 1, 0), 2, 35.5, 0, 1),
    Case("訂單狀態", {"訂單.csv": TAIWAN}, "orders", (5, 3, 0, 0, 2, 0), 3, 600, 250, 2, guessed=True),
    Case("訂單", {"訂單.csv": SHOPEE}, "orders", (3, 2, 0, 0, 1, 0), 2, 500, 200, 2, guessed=True),
    Case("小票号每天每店重排", {"流水.csv": TILLS}, "orders", (36, 18, 18, 0, 0, 0), 18, 270, 0, 18, guessed=True),
    Case("Receipt numbers come back the next month", {"receipts.csv": MONTHLY}, "orders", (12, 6, 6, 0, 0, 0), 6, 132, 0, 6, guessed=True),
    Case("没有会员的收银", {"流水.csv": ANONYMOUS_TILL}, "orders", (9, 9, 0, 0, 0, 0), 9, 90, 0, 0, anonymous=9, guessed=True),
    Case("定金与尾款", {"支付.csv": DEPOSITS}, "orders", (4, 3, 1, 0, 0, 0), 3, 180, 0, 2, guessed=True),
    Case("同号的退款", {"订单.csv": SAME_NUMBER}, "orders", (6, 5, 1, 0, 0, 0), 3, 125, 58, 2, guessed=True),
    Case("同号的优惠", {"订单.csv": DISCOUNTED}, "orders", (4, 3, 1, 0, 0, 0), 3, 115, 0, 2, guessed=True),
    Case("反结账", {"账单.csv": REOPENED}, "orders", (3, 3, 0, 0, 0, 0), 2, 480, 300, 2, guessed=True),
    Case("微盟维权", {"微盟.csv": CLAIMS}, "orders", (3, 3, 0, 0, 0, 0), 3, 250, 100, 2, guessed=True),
    Case("第二个状态", {"纠纷.csv": CLAIMED}, "orders", (3, 3, 0, 0, 0, 0), 3, 250, 100, 2, guessed=True),
    Case("paid back", {"orders.csv": PAID_BACK}, "orders", (3, 3, 0, 0, 0, 0), 3, 60, 20, 2, guessed=True),
    Case("楽天", {"rakuten.csv": RAKUTEN}, "orders", (4, 2, 1, 0, 1, 0), 2, 5000, 0, 2, guessed=True),
    Case("refund list", {"orders.csv": SHOP, "refunds.csv": GIVEN_BACK}, "orders", (5, 5, 0, 0, 0, 0), 3, 200, 90, 2, anonymous=2, guessed=True),
    Case("deals", {"deals.csv": DEALS}, "orders", (3, 2, 0, 0, 1, 0), 2, 1500, 0, 1, guessed=True),
    Case("几星", {"点评.csv": STARS}, "feedback", (3, 3, 0, 0, 0, 0), guessed=True, query="SELECT sum(score), count(score) FROM feedback", answer=[(11.5, 3)]),
    Case("问卷问手机", {"答卷.csv": PHONE_ASKED}, "feedback", (3, 3, 0, 0, 0, 0), query="SELECT sum(score), count(DISTINCT customer_id) FROM feedback", answer=[(23, 2)]),
    Case("在线对话", {"对话.csv": CHATS}, "tickets", (2, 2, 0, 0, 0, 0), query="SELECT sum(handle_s), count(DISTINCT customer_id), min(category) FROM tickets", answer=[(900, 2, "物流")]),
    Case("老带新", {"老带新.csv": INVITED}, "referrals", (2, 2, 0, 0, 0, 0), guessed=True, query="SELECT count(DISTINCT referrer_id), count(DISTINCT referee_id), count(first_order_at), sum(reward_cost) FROM referrals", answer=[(1, 2, 1, 20)]),
    Case("谷歌表单", {"表单.csv": FORM}, "feedback", (3, 3, 0, 0, 0, 0), guessed=True, query="SELECT count(*) FILTER (kind = 'nps'), sum(score) FILTER (kind = 'nps'), count(DISTINCT customer_id), count(*) FROM feedback", answer=[(3, 25, 2, 6)]),
    Case("guests", {"orders.csv": GUESTS}, "orders", (5, 5, 0, 0, 0, 0), 5, 105, 0, 2, anonymous=2, guessed=True),
    Case("培训报名", {"报名.csv": SCHOOL}, "orders", (3, 2, 0, 0, 1, 0), 2, 5600, 2800, 2, guessed=True),
    Case("门诊收费", {"收费.csv": SURGERY}, "orders", (3, 2, 0, 0, 1, 0), 2, 800, 0, 2, guessed=True),
    Case("Invoice lines", {"invoices.csv": BILLED}, "orders", (3, 2, 1, 0, 0, 0), 2, 35, 0, 2, guessed=True, asks=("amount_basis",)),
    Case("只有入住日期", {"酒店.csv": HOTEL}, "orders", (3, 2, 0, 0, 1, 0), 2, 940, 0, 2, guessed=True),
    Case("手机号部分脱敏", {"订单.csv": PART_MASKED}, "orders", (3, 3, 0, 0, 0, 0), 3, 60, 0, 1, anonymous=1, guessed=True),
    Case("会员", {"小票.csv": MEMBERS}, "orders", (3, 3, 0, 0, 0, 0), 3, 60, 0, 2, guessed=True),
    Case("用户昵称", {"订单.csv": NICKS}, "orders", (3, 3, 0, 0, 0, 0), 3, 60, 0, 2, guessed=True),
    Case("Contracts", {"contracts.csv": SIGNED}, "orders", (2, 2, 0, 0, 0, 0), 2, 1500.5, 0, 2, guessed=True),
    Case("Orders and items", {"orders.csv": ORDER_LIST, "order_items.csv": ITEMS}, "orders", (7, 3, 4, 0, 0, 0), 3, 80, 0, 2, guessed=True, query=SOLD, answer=[(6, 3, 80)]),
    Case("Orders and items with amounts", {"orders.csv": ORDER_LIST, "order_items.csv": ITEMS_AMOUNT}, "orders", (7, 3, 4, 0, 0, 0), 3, 80, 0, 2, guessed=True, query=SOLD, answer=[(6, 3, 80)]),
    Case("订单与明细", {"订单.csv": ORDERS_CN, "订单明细.csv": ITEMS_CN}, "orders", (7, 3, 4, 0, 0, 0), 3, 80, 0, 2, guessed=True, query=SOLD, answer=[(6, 3, 80)]),
    Case("合同金额（万元）", {"合同.csv": CONTRACTS}, "orders", (3, 2, 0, 0, 1, 0), 2, 155_800, 0, 2, guessed=True),
    Case("支付金额(分)", {"分.csv": HUNDREDTHS}, "orders", (3, 3, 0, 0, 0, 0), 3, 99.5, 10, 2, guessed=True),
    Case("退款关闭", {"退款.csv": REFUSED}, "orders", (4, 3, 0, 0, 1, 0), 3, 129, 30, 2, guessed=True),
    Case("只有售后状态", {"售后.csv": AFTER_SALES}, "orders", (4, 4, 0, 0, 0, 0), 4, 149, 30, 2, guessed=True, asks=("statuses",)),
    Case("储值当商品卖", {"美发.csv": CARDS}, "orders", (5, 3, 0, 0, 2, 0), 3, 416, 0, 3, guessed=True),
    Case("合計金額", {"注文.csv": JAPAN}, "orders", (3, 2, 1, 0, 0, 0), 2, 5500, 0, 2, guessed=True),
    Case("An amount that is the sum of its lines", {"lines.csv": PRICED}, "orders", (3, 2, 1, 0, 0, 0), 2, 40, 0, 2, guessed=True),
    Case("同号两行", {"订单.csv": TWICE}, "orders", (22, 20, 1, 0, 0, 1), 20, 200, 0, 4, guessed=True),
    Case("Net and gross", {"sales.csv": NET_AND_GROSS}, "orders", (2, 2, 0, 0, 0, 0), 2, 150, 0, 2, guessed=True, asks=("amount_basis",)),
    Case("价税合计", {"开票.csv": TAXED}, "orders", (2, 2, 0, 0, 0, 0), 2, 150, 0, 2, guessed=True, asks=("amount_basis",)),
    Case("Paid and due", {"invoices.csv": DUE}, "orders", (2, 2, 0, 0, 0, 0), 2, 130, 0, 2, guessed=True, asks=("amount_basis",)),
]
