# ruff: noqa: E501 -- the lines are those of the files
"""The third room: exports that no recogniser was written for first, in by what they have in common with others."""

from gallery import Case, text

# a second status that tells of refunds, masked phones, a failed order without a time of payment
KUAISHOU = text(
    "订单编号,订单创建时间,订单支付时间,订单状态,实付款,快递费,商品名称,商品ID,成交数量,收货人姓名,收货人电话,退款状态",
    "24001,2024-03-01 10:00:00,2024-03-01 10:01:00,交易成功,59.00,0.00,龙井,11,1,林*,1390000****,无退款",
    "24002,2024-03-05 10:00:00,2024-03-05 10:01:00,已发货,30.00,0.00,茶巾,12,2,王*,1390001****,退款成功",
    "24003,2024-03-20 10:00:00,,交易失败,30.00,0.00,茶巾,12,2,王*,1390001****,无退款")

# names whose ends are known, several items in a cell
WECHAT_SHOP = text(
    "订单号,下单时间,支付时间,订单状态,商品信息,订单实际支付金额,收件人姓名,收件人手机",
    "3700001,2024-03-01 10:00:00,2024-03-01 10:01:00,已完成,龙井x1;茶巾x2,59.00,林一,13900000001",
    "3700002,2024-03-05 10:00:00,2024-03-05 10:01:00,待发货,茶巾x2,30.00,王二,13900000002",
    "3700003,2024-03-20 10:00:00,,已取消,茶具x1,30.00,王二,13900000002")

# decimal commas, thousands points, semicolons, euros
SHOPIFY_COMMAS = text(
    "Name;Email;Financial Status;Paid at;Fulfillment Status;Currency;Subtotal;Shipping;Taxes;Total;Discount Amount;Created at;Lineitem quantity;Lineitem name;"
    "Lineitem price;Refunded Amount;Source;Phone",
    "#1001;lin@example.org;paid;2024-03-01 10:00:00 +0100;fulfilled;EUR;1.025,00;5,00;0,00;1.030,00;0,00;2024-03-01 09:59:00 +0100;1;Longjing;1.015,00;0,00;web;",
    "#1001;lin@example.org;;;;;;;;;;2024-03-01 09:59:00 +0100;2;Tea towel;5,00;;;",
    "#1002;wang@example.org;refunded;2024-03-05 10:00:00 +0100;fulfilled;EUR;12,00;0,00;0,00;12,00;0,00;2024-03-05 09:59:00 +0100;1;Pot;12,00;12,00;web;")

# a report in tabs: the price of an item is that of all its pieces, cancelled and pending orders bear none
AMAZON_HEAD = ("amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status", "fulfillment-channel", "sales-channel",
               "product-name", "sku", "quantity", "currency", "item-price", "item-tax", "ship-postal-code")
AMAZON = text(*("\t".join(row) for row in (
    AMAZON_HEAD,
    ("111-1", "", "2024-03-01T02:00:00+00:00", "2024-03-02T02:00:00+00:00", "Shipped", "Amazon", "Amazon.com", "Longjing", "S1", "1", "USD", "15.00", "1.00", "78701"),
    ("111-1", "", "2024-03-01T02:00:00+00:00", "2024-03-02T02:00:00+00:00", "Shipped", "Amazon", "Amazon.com", "Towel", "S2", "2", "USD", "10.00", "1.00", "78701"),
    ("111-2", "", "2024-03-05T02:00:00+00:00", "2024-03-05T02:00:00+00:00", "Cancelled", "Amazon", "Amazon.com", "Pot", "S3", "0", "", "", "", "02101"),
    ("111-3", "", "2024-03-20T02:00:00+00:00", "2024-03-20T02:00:00+00:00", "Shipped", "Merchant", "Amazon.com", "Cup", "S4", "1", "USD", "8.00", "0.50", "02101"))))

# day and clock apart, thousands commas, refunds as rows that name the payment
PAYPAL = text(
    '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","To Email Address","Transaction ID","Reference Txn ID"',
    '"03/13/2024","10:00:00","CST","Lin Yi","Express Checkout Payment","Completed","USD","30.00","-1.20","28.80","lin@example.org","shop@example.org","TX1",""',
    '"03/14/2024","10:00:00","CST","Wang Er","Express Checkout Payment","Completed","USD","1,040.00","-31.20","1,008.80","wang@example.org","shop@example.org","TX2",""',
    '"03/20/2024","10:00:00","CST","Wang Er","Payment Refund","Completed","USD","-40.00","1.20","-38.80","wang@example.org","shop@example.org","TX3","TX2"')

# a blank line above the header, months by name and years of two digits, a count of records below
EBAY = text(
    '"Sales Record Number","Order Number","Buyer Username","Buyer Email","Item Title","Quantity","Sold For","Total Price","Sale Date","Paid On Date"',
    "", '"101","12-001","lin88","lin@example.org","Longjing","1","$15.00","$20.00","Mar-01-24","Mar-01-24"',
    '"102","12-002","wang2","wang@example.org","Pot","1","$28.00","$28.00","Mar-05-24","Mar-05-24"',
    '"103","12-003","lin88","lin@example.org","Cup","2","$8.00","$16.00","Mar-20-24","Mar-20-24"', "", '"3","record(s) downloaded"')

# three rows of header: codes, questions in full, ids of import
QUALTRICS = text(
    "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,RecipientEmail,Q1_NPS_GROUP,Q1,Q2,Q3",
    "Start Date,End Date,Response Type,IP Address,Progress,Duration (in seconds),Finished,Recorded Date,Response ID,Recipient Email,"
    "How likely are you to recommend us? - Group,How likely are you to recommend us?,How satisfied are you with our service?,What could we do better?",
    ",".join(f'"{{""ImportId"":""{name}""}}"' for name in (
        "startDate", "endDate", "status", "ipAddress", "progress", "duration", "finished", "recordedDate", "_recordId", "recipientEmail", "QID1_NPS_GROUP",
        "QID1", "QID2", "QID3_TEXT")),
    "2024-03-01 10:00:00,2024-03-01 10:05:00,IP Address,203.0.113.1,100,300,True,2024-03-01 10:05:01,R_1,lin@example.org,Promoter,10,Very satisfied,More tea",
    "2024-03-05 10:00:00,2024-03-05 10:05:00,IP Address,203.0.113.2,100,300,True,2024-03-05 10:05:01,R_2,,Detractor,4,Dissatisfied,",
    "2024-03-20 10:00:00,2024-03-20 10:05:00,IP Address,203.0.113.3,100,300,True,2024-03-20 10:05:01,R_3,,Passive,8,Satisfied,")

TENCENT = text(
    "编号,开始答题时间,结束答题时间,答题时长,IP,地理位置,1.您有多大可能向朋友推荐我们？,2.您对我们的服务满意吗？,3.您的建议",
    "1,2024-03-01 10:00:00,2024-03-01 10:02:00,120,203.0.113.1,杭州,9,非常满意,多一些",
    "2,2024-03-05 10:00:00,2024-03-05 10:02:00,120,203.0.113.2,上海,3,不满意,",
    "3,2024-03-20 10:00:00,2024-03-20 10:01:00,60,203.0.113.3,上海,10,满意,无")

FRESHDESK = text(
    "Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Due by Time,Resolved time,Closed time,Initial response time,Full name,Email",
    "1,Broken,Closed,High,Email,Problem,Zhou,Support,2024-03-01 10:00:00,2024-03-03 10:00:00,2024-03-02 09:00:00,2024-03-02 09:30:00,2024-03-01 10:20:00,Lin Yi,lin@example.org",
    "2,Where,Open,Low,Portal,Question,Wu,Support,2024-03-05 10:00:00,2024-03-08 10:00:00,,,,Wang Er,wang@example.org")

SURVEY = "SELECT kind, count(*), sum(score) FROM feedback GROUP BY 1 ORDER BY 1"
UNSEEN = [
    Case("快手小店", {"快手.csv": KUAISHOU}, "orders", (3, 2, 0, 0, 1, 0), 2, 89, 30, 0, anonymous=2, guessed=True),
    Case("微信小店", {"微信小店.csv": WECHAT_SHOP}, "orders", (3, 2, 0, 0, 1, 0), 2, 89, 0, 2, guessed=True,
         query="SELECT product, products, quantity FROM orders ORDER BY order_id LIMIT 1", answer=[("龙井", "龙井; 茶巾", 3)]),
    Case("Shopify with commas", {"bestellungen.csv": SHOPIFY_COMMAS}, "orders", (3, 2, 1, 0, 0, 0), 2, 1042, 12, 2),
    Case("Amazon", {"orders.txt": AMAZON}, "orders", (4, 2, 1, 0, 1, 0), 2, 33, 0, 0, anonymous=3),
    Case("PayPal", {"Download.CSV": PAYPAL}, "orders", (3, 3, 0, 0, 0, 0), 2, 1070, 40, 2, guessed=True),
    Case("eBay", {"ebay.csv": EBAY}, "orders", (3, 3, 0, 0, 0, 0), 3, 64, 0, 2, guessed=True),
    Case("Qualtrics", {"survey.csv": QUALTRICS}, "feedback", (3, 3, 0, 0, 0, 0), query=SURVEY,
         answer=[("csat", 3, 11), ("nps", 3, 22), ("review", 1, None)]),
    Case("腾讯问卷", {"腾讯问卷.csv": TENCENT}, "feedback", (3, 3, 0, 0, 0, 0), guessed=True, query=SURVEY,
         answer=[("csat", 3, 11), ("nps", 3, 22), ("review", 1, None)]),
    Case("Freshdesk", {"tickets.csv": FRESHDESK}, "tickets", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT count(first_response_at), count(closed_at), count(DISTINCT customer_id) FROM tickets", answer=[(1, 1, 2)]),
]
