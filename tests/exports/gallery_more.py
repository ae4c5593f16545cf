# ruff: noqa: E501 -- the lines are those of the files
"""The second room of the gallery: delivery, social shops, shops and tills abroad, tickets, reviews and surveys abroad."""

from gallery import Case, text

# a phone with an extension behind a mask, money of the guest and of the shop
MEITUAN = text(
    "订单编号,门店id,门店名称,下单时间,订单完成时间,订单状态,顾客姓名,顾客电话,餐盒费,配送费,原价,用户实付,商家活动支出,平台服务费,商家应收款,部分退款金额",
    "'2001170000000000001,8801,总店,2024-03-01 11:58:00,2024-03-01 12:35:00,已完成,林(先生),138****0001_转1234,2.00,5.00,58.00,46.00,7.00,4.10,38.90,0.00",
    "'2001170000000000002,8801,总店,2024-03-05 18:10:00,2024-03-05 18:50:00,已完成,王(女士),139****0002_转5678,2.00,5.00,40.00,36.00,0.00,3.20,30.80,6.00",
    "'2001170000000000003,8802,西湖店,2024-03-06 12:00:00,,已取消,张(女士),137****0003_转9012,1.00,5.00,30.00,25.00,0.00,0.00,0.00,0.00",
    "'2001170000000000004,8802,西湖店,2024-03-20 19:00:00,2024-03-20 19:30:00,已完成,林(先生),138****0001_转3456,1.00,5.00,33.00,30.00,0.00,2.70,25.30,0.00",
    encoding="gb18030")

# a row for each item of a parcel, a tab behind ids, money taken back told by a status
XIAOHONGSHU = text(
    "订单号,包裹号,订单创建时间,订单支付时间,订单状态,售后状态,规格ID,SKU名称,SKU件数,商品实付金额,商家应收金额（支付金额）,收件人姓名,收件人电话,订单来源",
    "P770000000000000001\t,K1\t,2024-03-01 20:00:00,2024-03-01 20:01:00,已完成,无售后,5f01,龙井 50g,1,45.00,45.00,林*,138****0001,笔记",
    "P770000000000000001\t,K1\t,2024-03-01 20:00:00,2024-03-01 20:01:00,已完成,无售后,5f02,茶巾,2,30.00,30.00,林*,138****0001,笔记",
    "P770000000000000002\t,K2\t,2024-03-05 21:00:00,2024-03-05 21:01:00,已发货,退款成功,5f03,茶具,1,120.00,120.00,王*,139****0002,直播",
    "P770000000000000003\t,K3\t,2024-03-06 22:00:00,,已取消,无售后,5f02,茶巾,1,15.00,15.00,张*,137****0003,笔记",
    "P770000000000000004\t,K4\t,2024-03-20 20:00:00,2024-03-20 20:02:00,待发货,无售后,5f01,龙井 50g,1,45.00,45.00,陈*,136****0004,笔记")

# a row for each item; the order's total and what was given back stand on every one
WOOCOMMERCE = text(
    "Order Number,Order Status,Order Date,Paid Date,First Name (Billing),Last Name (Billing),Email (Billing),Phone (Billing),Payment Method Title,"
    "Cart Discount Amount,Order Subtotal Amount,Order Shipping Amount,Order Refund Amount,Order Total Amount,Item #,Item Name,Quantity,Item Cost",
    "501,Completed,2024-03-01 10:00,2024-03-01 10:02,Lin,Yi,lin@example.org,,Card,0,25.00,5.00,0,30.00,1,Longjing,1,15.00",
    "501,Completed,2024-03-01 10:00,2024-03-01 10:02,Lin,Yi,lin@example.org,,Card,0,25.00,5.00,0,30.00,2,Tea towel,2,5.00",
    "502,Completed,2024-03-05 11:00,2024-03-05 11:01,Wang,Er,wang@example.org,,PayPal,2.00,40.00,0,12.00,38.00,1,Pot,1,28.00",
    "502,Completed,2024-03-05 11:00,2024-03-05 11:01,Wang,Er,wang@example.org,,PayPal,2.00,40.00,0,12.00,38.00,2,Cup,1,12.00",
    "503,Cancelled,2024-03-06 12:00,,Zhang,San,zhang@example.org,,Card,0,8.00,0,0,8.00,1,Cup,1,8.00",
    "503,Cancelled,2024-03-06 12:00,,Zhang,San,zhang@example.org,,Card,0,8.00,0,0,8.00,2,Gift wrap,1,0.00",
    "504,Processing,2024-03-20 09:00,2024-03-20 09:01,Lin,Yi,LIN@example.org,,Card,0,19.00,0,0,19.00,1,Cup,1,10.00",
    "504,Processing,2024-03-20 09:00,2024-03-20 09:01,Lin,Yi,LIN@example.org,,Card,0,19.00,0,0,19.00,2,Tea strainer,1,9.00")

# day and clock in two columns, dollars in the cells, refunds as rows of their own
SQUARE = text(
    "Date,Time,Time Zone,Gross Sales,Discounts,Net Sales,Tax,Tip,Total Collected,Source,Card,Cash,Fees,Transaction ID,Payment ID,Card Brand,Staff Name,"
    "Description,Event Type,Location,Customer ID,Customer Name",
    '2024-03-01,10:00:00,China Standard Time,"$1,015.00",-$5.00,"$1,010.00",$0.00,$2.00,"$1,012.00",Point of Sale,"$1,012.00",$0.00,-$26.00,T1,PM1,Visa,Zhou,'
    "Longjing x 10,Payment,Main shop,CUS1,Lin Yi",
    "2024-03-05,11:30:00,China Standard Time,$40.00,$0.00,$40.00,$0.00,$0.00,$40.00,Point of Sale,$0.00,$40.00,$0.00,T2,PM2,,Wu,Pot,Payment,Main shop,CUS2,"
    "Wang Er",
    "2024-03-06,09:00:00,China Standard Time,-$12.00,$0.00,-$12.00,$0.00,$0.00,-$12.00,Point of Sale,$0.00,-$12.00,$0.00,T2,PM3,,Wu,Cup,Refund,Main shop,"
    "CUS2,Wang Er",
    "2024-03-20,16:00:00,China Standard Time,$8.00,$0.00,$8.00,$0.00,$0.00,$8.00,Point of Sale,$0.00,$8.00,$0.00,T3,PM4,,Zhou,Cup,Payment,Main shop,,")

# ids with zeros before them, a cell of three lines, months by name and half days
MAGENTO_POINT = '"Main Website\n   Main Website Store\n      Default Store View"'
MAGENTO = text(
    "ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),Grand Total (Purchased),Status,Billing Address,Shipping Information,"
    "Customer Email,Customer Group,Subtotal,Shipping and Handling,Customer Name,Payment Method,Total Refunded",
    f'000000011,{MAGENTO_POINT},"Mar 1, 2024 10:00:00 AM",Lin Yi,Lin Yi,30.0000,30.0000,complete,"1 Tea Road,Hangzhou",Flat Rate,lin@example.org,General,25.0000,'
    "5.0000,Lin Yi,checkmo,",
    f'000000012,{MAGENTO_POINT},"Mar 5, 2024 11:30:00 PM",Wang Er,Wang Er,40.0000,40.0000,closed,"2 Pot Lane,Shanghai",Flat Rate,wang@example.org,General,40.0000,'
    "0.0000,Wang Er,checkmo,40.0000",
    f'000000013,{MAGENTO_POINT},"Mar 6, 2024 12:15:00 AM",Zhang San,Zhang San,8.0000,8.0000,canceled,"3 Cup Way,Suzhou",Flat Rate,zhang@example.org,NOT LOGGED IN,'
    "8.0000,0.0000,Zhang San,checkmo,",
    f'000000014,{MAGENTO_POINT},"Mar 20, 2024 09:00:00 AM",Lin Yi,Lin Yi,19.0000,19.0000,processing,"1 Tea Road,Hangzhou",Flat Rate,lin@example.org,General,19.0000,'
    "0.0000,Lin Yi,checkmo,")

ZENDESK = text(
    "ID,Subject,Requester,Requester email,Created at,Group,Assignee,Status,Priority,Via,Solved at,First reply time in minutes,Tags",
    '9101,"Parcel broken, lid missing",Lin Yi,lin@example.org,2024-03-01 10:00:00 +0800,Support,Zhou,Solved,High,Email,2024-03-02 09:00:00 +0800,20,damage tea',
    "9102,Where is my order?,Wang Er,wang@example.org,2024-03-05 11:00:00 +0800,Support,Wu,Open,Normal,Web Form,,,",
    "9103,Refund please,Lin Yi,lin@example.org,2024-03-20 12:00:00 +0800,Support,Zhou,Closed,Low,Chat,2024-03-20 15:00:00 +0800,5,refund")

# stars as words, times to the microsecond, a comment of two lines
GOOGLE = text(
    "reviewId,reviewer,starRating,comment,createTime,updateTime,reviewReply,locationName",
    'AbF1,Lin Y.,FIVE,"Lovely tea,\nfriendly people",2024-03-01T12:00:00.123456Z,2024-03-01T12:00:00.123456Z,Thank you,Main shop',
    "AbF2,Wang E.,TWO,Long wait,2024-03-05T13:00:00Z,2024-03-06T13:00:00Z,,Main shop",
    "AbF3,Zhang S.,FOUR,,2024-03-20T14:00:00.5Z,2024-03-20T14:00:00.5Z,,West shop")

TYPEFORM = text(
    "#,How likely are you to recommend us to a friend?,How satisfied are you with our service?,What could we do better?,Email,Response Type,"
    "Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags",
    "k2f9a1,9,Very satisfied,,lin@example.org,completed,2024-03-01 10:00:00,,2024-03-01 10:05:00,ab12cd,",
    'm3x7b2,4,Dissatisfied,"Shorter queues, please",wang@example.org,completed,2024-03-05 11:00:00,,2024-03-05 11:02:00,ef34gh,',
    "p8z1c3,10,Satisfied,,,completed,2024-03-20 12:00:00,,2024-03-20 12:01:00,ij56kl,")

MORE = [
    Case("美团外卖", {"美团订单.csv": MEITUAN}, "orders", (4, 3, 0, 0, 1, 0), 3, 112, 6, 0, anonymous=3,
         query="SELECT count(DISTINCT store_id), min(order_id) FROM orders", answer=[(2, "2001170000000000001")]),
    Case("小红书", {"小红书订单.csv": XIAOHONGSHU}, "orders", (5, 3, 1, 0, 1, 0), 3, 240, 120, 0, anonymous=4,
         query="SELECT product, quantity FROM orders ORDER BY ordered_at, is_refund LIMIT 1", answer=[("龙井 50g", 3)]),
    Case("WooCommerce", {"orders.csv": WOOCOMMERCE}, "orders", (8, 3, 3, 0, 2, 0), 3, 87, 12, 2,
         query="SELECT sum(quantity), sum(discount) FROM purchases", answer=[(7, 2)]),
    Case("Square", {"transactions-2024-03-01-2024-03-31.csv": SQUARE}, "orders", (4, 4, 0, 0, 0, 0), 3, 1058, 12, 2, anonymous=1),
    Case("Magento", {"orders.csv": MAGENTO}, "orders", (4, 3, 0, 0, 1, 0), 3, 89, 40, 2,
         query="SELECT min(order_id), count(DISTINCT store_id) FROM orders", answer=[("000000011", 1)]),
    Case("Zendesk", {"tickets.csv": ZENDESK}, "tickets", (3, 3, 0, 0, 0, 0),
         query="SELECT count(closed_at), count(DISTINCT customer_id), CAST(min(opened_at AT TIME ZONE 'UTC') AS VARCHAR) FROM tickets",
         answer=[(2, 2, "2024-03-01 02:00:00")]),
    Case("Google reviews", {"reviews.csv": GOOGLE}, "feedback", (3, 3, 0, 0, 0, 0),
         query="SELECT sum(score), max(scale_max), count(text), count(DISTINCT store_id) FROM feedback", answer=[(11, 5, 2, 2)]),
    Case("Typeform", {"responses.csv": TYPEFORM}, "feedback", (3, 3, 0, 0, 0, 0),
         query="SELECT kind, count(*), sum(score) FROM feedback GROUP BY 1 ORDER BY 1",
         answer=[("csat", 3, 11), ("nps", 3, 23), ("review", 1, None)]),
]
