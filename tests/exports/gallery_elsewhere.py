# ruff: noqa: E501 -- the lines are those of the files
"""The fourth room: shops, tills, books of account, mailers and help desks that nobody wrote a recogniser for."""

from gallery import Case, text

# the order's total on each of its lines, beside amounts of the line
SHOPEE = text(
    "Order ID,Order Status,Cancel reason,Return / Refund Status,Tracking Number*,Shipping Option,Order Creation Date,Order Paid Time,Parent SKU Reference No.,Product Name,SKU Reference No.,Variation Name,Original Price,Deal Price,Quantity,Product Subtotal,Seller Rebate,Seller Discount,Total Amount,Buyer Paid Shipping Fee,Username (Buyer),Receiver Name,Phone Number,Order Complete Time",
    "2403010A,Completed,,,TN1,Std,2024-03-01 10:00,2024-03-01 10:01,P1,Tea,S1,,20.00,18.00,2,36.00,0,2,36.00,0,lin88,Lin,6591234567,2024-03-05 10:00",
    "2403050B,Completed,,,TN2,Std,2024-03-05 10:00,2024-03-05 10:01,P1,Tea,S1,,20.00,18.00,1,18.00,0,2,28.00,0,wang2,Wang,6591234568,2024-03-09 10:00",
    "2403050B,Completed,,,TN2,Std,2024-03-05 10:00,2024-03-05 10:01,P2,Cup,S2,,10.00,10.00,1,10.00,0,0,28.00,0,wang2,Wang,6591234568,2024-03-09 10:00",
    "2403200C,Cancelled,Buyer,,,Std,2024-03-20 10:00,,P2,Cup,S2,,10.00,10.00,1,10.00,0,0,10.00,0,wang2,Wang,6591234568,")

# headers in camels' humps, a row an item, a name beside a phone: names are no key
LAZADA = text(
    "orderItemId,orderType,Guarantee,deliveryType,lazadaId,sellerSku,lazadaSku,wareHouse,createTime,updateTime,rtaSla,ttsSla,orderNumber,invoiceRequired,invoiceNumber,deliveredDate,customerName,customerEmail,nationalRegistrationNumber,shippingName,shippingPhone,payMethod,paidPrice,unitPrice,sellerDiscountTotal,shippingFee,itemName,variation,status",
    "1001,Normal,,std,L1,S1,LS1,W,01 Mar 2024 10:00,02 Mar 2024 10:00,,,9001,No,,05 Mar 2024 10:00,Lin,,,Lin,6591234567,COD,18.00,20.00,2.00,1.00,Tea,,delivered",
    "1002,Normal,,std,L1,S2,LS2,W,05 Mar 2024 10:00,06 Mar 2024 10:00,,,9002,No,,09 Mar 2024 10:00,Wang,,,Wang,6591234568,COD,10.00,10.00,0.00,1.00,Cup,,delivered",
    "1003,Normal,,std,L1,S1,LS1,W,05 Mar 2024 10:00,06 Mar 2024 10:00,,,9002,No,,09 Mar 2024 10:00,Wang,,,Wang,6591234568,COD,18.00,20.00,2.00,1.00,Tea,,delivered",
    "1004,Normal,,std,L1,S2,LS2,W,20 Mar 2024 10:00,21 Mar 2024 10:00,,,9003,No,,,Wang,,,Wang,6591234568,COD,10.00,10.00,0.00,1.00,Cup,,canceled")

# years of two digits, months first
ETSY = text(
    "Sale Date,Order ID,Buyer User ID,Full Name,First Name,Last Name,Number of Items,Payment Method,Date Shipped,Street 1,Ship City,Ship State,Ship Zipcode,Ship Country,Currency,Order Value,Coupon Code,Coupon Details,Discount Amount,Shipping Discount,Shipping,Sales Tax,Order Total,Status,Card Processing Fees,Order Net,Adjusted Order Total,Buyer,Order Type,Payment Type,InPerson Discount,SKU",
    "03/13/24,301,linbuyer,Lin Yi,Lin,Yi,1,CC,03/14/24,1 St,Austin,TX,78701,United States,USD,30.00,,,0.00,0.00,5.00,2.00,37.00,,1.20,35.80,37.00,Lin Yi (linbuyer),online,online_cc,,S1",
    "03/14/24,302,wang2,Wang Er,Wang,Er,2,CC,03/15/24,2 St,Boston,MA,02101,United States,USD,20.00,,,0.00,0.00,0.00,0.00,20.00,,0.90,19.10,20.00,Wang Er (wang2),online,online_cc,,S2",
    "03/20/24,303,wang2,Wang Er,Wang,Er,1,CC,03/21/24,2 St,Boston,MA,02101,United States,USD,10.00,,,0.00,0.00,0.00,0.00,10.00,,0.50,9.50,10.00,Wang Er (wang2),online,online_cc,,S3")

# what came back in a column, and in the status too: it counts once
BIGCOMMERCE = text(
    "Order ID,Customer ID,Customer Name,Customer Email,Customer Phone,Order Date,Order Time,Order Status,Subtotal (inc tax),Subtotal (ex tax),Tax Total,Shipping Cost (inc tax),Order Total (inc tax),Order Total (ex tax),Payment Method,Total Quantity,Date Shipped,Order Currency Code,Refund Amount,Product Details",
    "101,5,Lin Yi,lin@example.org,13900000001,13/03/2024,10:00:00,Completed,30.00,28.00,2.00,5.00,35.00,33.00,Card,1,14/03/2024,USD,0.00,Product ID: 1",
    "102,6,Wang Er,wang@example.org,13900000002,14/03/2024,11:00:00,Refunded,20.00,19.00,1.00,0.00,20.00,19.00,Card,1,15/03/2024,USD,20.00,Product ID: 2",
    "103,6,Wang Er,wang@example.org,13900000002,20/03/2024,11:00:00,Cancelled,20.00,19.00,1.00,0.00,20.00,19.00,Card,1,,USD,0.00,Product ID: 2")

# the order's fields on its first line alone, money given back in a column
SQUARESPACE = text(
    "Order ID,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Amount Refunded,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing Phone,Channel Type",
    "00101,lin@example.org,PAID,2024-03-13 10:00:00 -0500,FULFILLED,,USD,30.00,5.00,0.00,0.00,35.00,,0.00,UPS,2024-03-13 09:59:00 -0500,1,Tea,20.00,S1,Lin Yi,,web",
    "00101,,,,,,,,,,,,,,,,2,Cup,5.00,S2,,,",
    "00102,wang@example.org,PAID,2024-03-14 10:00:00 -0500,FULFILLED,,USD,20.00,0.00,0.00,5.00,20.00,,0.00,UPS,2024-03-14 09:59:00 -0500,1,Pot,20.00,S3,Wang Er,,web")

# what is left after refunds beside the total, on each line
WIX = text(
    "Order number,Date created,Time,Total order quantity,Contact email,Note from customer,Additional checkout info,Item,Variant,SKU,Qty,Quantity refunded,Price,Weight,Custom text,Deposit amount,Delivery method,Delivery time,Recipient name,Recipient phone,Recipient company name,Delivery country,Billing name,Payment status,Payment method,Coupon code,Gift card amount,Shipping rate,Total tax,Total,Currency,Refunded amount,Net amount,Fulfillment status",
    '10001,"Mar 13, 2024",10:00:00 AM,2,lin@example.org,,,Tea,,S1,1,0,20,,,,Std,,Lin,,,USA,Lin,Paid,Card,,,5,0,35,USD,0,35,Fulfilled',
    '10001,"Mar 13, 2024",10:00:00 AM,2,lin@example.org,,,Cup,,S2,1,0,10,,,,Std,,Lin,,,USA,Lin,Paid,Card,,,5,0,35,USD,0,35,Fulfilled',
    '10002,"Mar 14, 2024",11:00:00 AM,1,wang@example.org,,,Pot,,S3,1,1,20,,,,Std,,Wang,,,USA,Wang,Refunded,Card,,,0,0,20,USD,20,0,Fulfilled')

# opened and closed, hours before and after noon, a column that says what was voided
TOAST = text(
    "Location,Order Id,Order #,Checks,Opened,# of Guests,Tab Names,Server,Table,Revenue Center,Dining Area,Service,Dining Options,Discount Amount,Amount,Tax,Tip,Gratuity,Total,Voided,Paid,Closed,Duration (Opened to Paid),Order Source,Guest Email",
    "Main,4001,1,1,3/13/24 10:00 AM,2,,Amy,4,R,D,Lunch,Dine In,0,30.00,2.00,5.00,0,37.00,FALSE,3/13/24 11:00 AM,3/13/24 11:05 AM,1:00:00,In store,lin@example.org",
    "Main,4002,2,1,3/14/24 12:00 PM,1,,Amy,5,R,D,Lunch,Dine In,0,20.00,1.00,3.00,0,24.00,FALSE,3/14/24 1:00 PM,3/14/24 1:05 PM,1:00:00,In store,wang@example.org",
    "Main,4003,3,1,3/20/24 6:00 PM,1,,Amy,5,R,D,Dinner,Dine In,0,10.00,0.50,0,0,10.50,TRUE,,3/20/24 7:05 PM,1:05:00,In store,wang@example.org")

# refunds told by the kind of receipt; every receipt is closed
LOYVERSE = text(
    "Date,Receipt number,Receipt type,Category,SKU,Item,Variant,Modifiers applied,Quantity,Gross sales,Discounts,Net sales,Cost of goods,Gross profit,Taxes,Dining option,POS,Store,Cashier name,Customer name,Customer contacts,Comment,Status",
    "3/13/24 10:00 AM,1-1001,Sale,Tea,S1,Longjing,,,1,20.00,0.00,20.00,8.00,12.00,0.00,,POS 1,Main,Amy,Lin Yi,lin@example.org,,Closed",
    "3/13/24 10:00 AM,1-1001,Sale,Cups,S2,Cup,,,2,10.00,0.00,10.00,4.00,6.00,0.00,,POS 1,Main,Amy,Lin Yi,lin@example.org,,Closed",
    "3/14/24 11:00 AM,1-1002,Sale,Tea,S1,Longjing,,,1,20.00,2.00,18.00,8.00,10.00,0.00,,POS 1,Main,Amy,Wang Er,wang@example.org,,Closed",
    "3/20/24 11:00 AM,1-1003,Refund,Tea,S1,Longjing,,,1,-20.00,-2.00,-18.00,-8.00,-10.00,0.00,,POS 1,Main,Amy,Wang Er,wang@example.org,,Closed")

# months by name, totals of refunds, a tab left open
CLOVER = text(
    "Order Date,Order ID,Order Number,Order Employee ID,Order Employee Name,Note,Currency,Tax Amount,Tip,Service Charge,Discount,Order Total,Payments Total,Refunds Total,Manual Refunds Total,Credit Card Auths Total,Payment State,Payment Note,Order Type,Customer ID,Customer Name,Customer Phone",
    "13-Mar-2024 10:00 AM,AB1,1,E1,Amy,,USD,2.00,0,0,0,30.00,30.00,0.00,0,0,Paid,,,C1,Lin Yi,6175550001",
    "14-Mar-2024 11:00 AM,AB2,2,E1,Amy,,USD,1.00,0,0,0,20.00,20.00,5.00,0,0,Paid,,,C2,Wang Er,6175550002",
    "20-Mar-2024 11:00 AM,AB3,3,E1,Amy,,USD,1.00,0,0,0,20.00,0.00,0.00,0,0,Open,,,C2,Wang Er,6175550002")

# a sale of several items, one taken back
MINDBODY = text(
    "Sale Date,Client ID,Client,Sale ID,Item name,Batch #,Item Price,Quantity,Subtotal,Discount %,Discount amount,Tax,Item Total,Total Paid w/ Payment Method,Payment Method,Location,Color,Size,Notes",
    '3/13/2024,C1,"Lin, Yi",S1,10 classes,,100.00,1,100.00,0,0,0,100.00,100.00,Card,Main,,,',
    '3/13/2024,C1,"Lin, Yi",S1,Mat,,20.00,1,20.00,0,0,0,20.00,20.00,Card,Main,,,',
    '3/14/2024,C2,"Wang, Er",S2,Drop in,,15.00,1,15.00,0,0,0,15.00,15.00,Card,Main,,,',
    '3/20/2024,C2,"Wang, Er",S3,Drop in,,15.00,-1,-15.00,0,0,0,-15.00,-15.00,Card,Main,,,')

# what is loaded on a card is no revenue
GIFT_CARDS = text(
    "Date,Time,Receipt,Type,Member No,Product,Qty,Amount,Payment",
    "13/03/2024,10:00,R1,Sale,M1,Tea,1,20.00,Card",
    "14/03/2024,11:00,R2,Sale,M2,Pot,1,30.00,Gift card",
    "20/03/2024,12:00,R3,Top up,M2,Gift card,1,100.00,Card",
    "21/03/2024,12:00,R4,Refund,M2,Pot,1,-30.00,Card")

# a report with its title above and its total below
QUICKBOOKS = text(
    "Sales by Customer Detail",
    "Demo Co",
    "March 2024",
    "",
    "Date,Transaction type,Num,Customer full name,Product/Service,Memo/Description,Qty,Sales price,Amount,Balance",
    "03/13/2024,Invoice,1001,Lin Ltd,Tea,tea,2,15.00,30.00,30.00",
    "03/14/2024,Invoice,1002,Wang Ltd,Pot,pot,1,20.00,20.00,50.00",
    "03/20/2024,Credit Memo,1003,Wang Ltd,Pot,pot,-1,20.00,-20.00,30.00",
    "TOTAL,,,,,,2,,30.00,")

# asterisks, the invoice's total on each line
XERO = text(
    "*ContactName,EmailAddress,POAddressLine1,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,PlannedDate,Total,TaxTotal,InvoiceAmountPaid,InvoiceAmountDue,InventoryItemCode,Description,Quantity,UnitAmount,Discount,LineAmount,AccountCode,TaxType,TaxAmount,Currency,Type,Sent,Status",
    "Lin Ltd,lin@example.org,,INV-1,,13/03/2024,13/04/2024,,35.00,5.00,35.00,0.00,S1,Tea,1,20.00,,20.00,200,GST,5.00,GBP,Sales invoice,Sent,Paid",
    "Lin Ltd,lin@example.org,,INV-1,,13/03/2024,13/04/2024,,35.00,5.00,35.00,0.00,S2,Cup,2,5.00,,10.00,200,GST,0.00,GBP,Sales invoice,Sent,Paid",
    "Wang Ltd,wang@example.org,,INV-2,,14/03/2024,14/04/2024,,20.00,0.00,20.00,0.00,S3,Pot,1,20.00,,20.00,200,GST,0.00,GBP,Sales invoice,Sent,Paid",
    "Wang Ltd,wang@example.org,,INV-3,,20/03/2024,14/04/2024,,20.00,0.00,0.00,20.00,S3,Pot,1,20.00,,20.00,200,GST,0.00,GBP,Sales invoice,Sent,Voided")

# closed means won or lost
DEALS = text(
    "Record ID,Deal Name,Deal Stage,Close Date,Create Date,Deal owner,Amount,Associated Contact,Associated Contact IDs,Pipeline",
    "1,Tea order,Closed Won,2024-03-01 10:00,2024-02-01 10:00,Amy,300.00,Lin (lin@example.org),501,Sales",
    "2,Pots,Closed Lost,2024-03-05 10:00,2024-02-01 10:00,Amy,200.00,Wang (wang@example.org),502,Sales",
    "3,Cups,Closed Won,2024-03-20 10:00,2024-03-01 10:00,Amy,100.00,Wang (wang@example.org),502,Sales")

# tax within the price
YONYOU = text(
    "单据日期,单据号,客户编码,客户简称,存货编码,存货名称,数量,含税单价,价税合计,销售类型,业务类型,销售部门,业务员",
    "2024-03-01,0001,C01,林记,101,龙井,2,15.00,30.00,普通销售,普通,一部,周",
    "2024-03-05,0002,C02,王记,101,龙井,2,15.00,30.00,普通销售,普通,一部,周",
    "2024-03-05,0002,C02,王记,102,茶巾,1,10.00,10.00,普通销售,普通,一部,周",
    "2024-03-20,0003,C02,王记,101,龙井,-1,15.00,-15.00,销售退货,普通,一部,周")

# the buyer is a firm; a total below
KINGDEE = text(
    "日期,单据编号,购货单位,产品代码,产品名称,规格型号,单位,实发数量,销售单价,销售金额,发货仓库,部门,业务员,审核标志",
    "2024-03-01,XOUT001,杭州林记,01.01,龙井,,盒,2,15.00,30.00,成品仓,销售部,周,Y",
    "2024-03-01,XOUT001,杭州林记,01.02,茶巾,,条,1,10.00,10.00,成品仓,销售部,周,Y",
    "2024-03-05,XOUT002,上海王记,01.01,龙井,,盒,2,15.00,30.00,成品仓,销售部,周,Y",
    "2024-03-20,XOUT003,上海王记,01.01,龙井,,盒,-1,15.00,-15.00,成品仓,销售部,周,Y",
    "合计,,,,,,,4,,55.00,,,,")

# money given back in a column
WEIMOB = text(
    "订单编号,订单状态,下单时间,付款时间,完成时间,客户昵称,客户手机号,商品总额,运费,优惠金额,实付金额,退款金额,订单渠道,商品名称",
    "W1,已完成,2024/03/01 10:00,2024/03/01 10:01,2024/03/05 10:00,林,13900000001,60.00,0,1.00,59.00,0.00,小程序,龙井",
    "W2,已完成,2024/03/05 10:00,2024/03/05 10:01,2024/03/09 10:00,王,13900000002,30.00,0,0.00,30.00,10.00,小程序,茶巾",
    "W3,已取消,2024/03/20 10:00,,,王,13900000002,30.00,0,0.00,30.00,0.00,小程序,茶巾")

# phones under a name of their own
POSPAL = text(
    "流水号,日期,类型,收银员,会员卡号,会员姓名,会员电话,商品数量,商品原价,实收金额,优惠金额,利润,支付方式,备注",
    "20240301001,2024-03-01 10:00:00,销售,张三,M1,林一,13900000001,2,60.00,59.00,1.00,20.00,微信,",
    "20240305001,2024-03-05 10:00:00,销售,张三,M2,王二,13900000002,1,30.00,30.00,0.00,10.00,现金,",
    "20240320001,2024-03-20 10:00:00,退货,张三,M2,王二,13900000002,-1,-30.00,-30.00,0.00,-10.00,现金,")

# no phone: a diner's number
ELEME = text(
    "订单编号,下单时间,订单状态,门店名称,门店ID,顾客ID,菜品信息,商品金额,配送费,平台服务费,商家活动支出,用户实付,商家应收,完成时间",
    "E1,2024-03-01 10:00:00,已完成,一店,1,U1,龙井*1,59.00,3.00,-5.00,-2.00,57.00,52.00,2024-03-01 11:00:00",
    "E2,2024-03-05 10:00:00,已完成,一店,1,U2,茶巾*1,30.00,3.00,-3.00,0.00,33.00,27.00,2024-03-05 11:00:00",
    "E3,2024-03-20 10:00:00,已取消,一店,1,U2,茶巾*1,30.00,3.00,0.00,0.00,33.00,0.00,")

# recipients of one variation: messages sent, no experiment
KLAVIYO = text(
    "Email,Campaign Name,Campaign ID,Send Time,Received Email,Opened Email,Clicked Email,Bounced Email,Unsubscribed,Variation Name,Placed Order,Revenue",
    "lin@example.org,Spring,K1,2024-03-01 10:00:00,1,1,1,0,0,A,1,30.00",
    "wang@example.org,Spring,K1,2024-03-01 10:00:00,1,0,0,0,0,A,0,0",
    "zhao@example.org,Spring,K1,2024-03-01 10:00:00,1,1,0,0,1,A,0,0")

# what did not arrive
SMS = text(
    "批次号,手机号码,短信内容,签名,发送时间,状态,回执时间,计费条数,回执状态码",
    "B1,13900000001,春茶上市,茶,2024-03-01 10:00:00,发送成功,2024-03-01 10:00:05,1,DELIVRD",
    "B1,13900000002,春茶上市,茶,2024-03-01 10:00:00,发送失败,2024-03-01 10:00:05,1,UNDELIV")

# reviews with replies
TRUSTPILOT = text(
    "Review Id,Review Created (UTC),Review Username,Review User Email,Review Title,Review Content,Review Stars,Reference Id,Source Name,Domain Name,Domain Url,Company Reply Date (UTC),Tags,Location Name",
    "r1,2024-03-01 10:00:00,Lin,lin@example.org,Good,Very good tea,5,101,Organic,x.org,http://x.org,2024-03-02 10:00:00,,Main",
    "r2,2024-03-05 10:00:00,Wang,,Bad,Late,2,,Invitation,x.org,http://x.org,,,Main",
    "r3,2024-03-20 10:00:00,Zhao,zhao@example.org,OK,Fine,4,103,Organic,x.org,http://x.org,,,Main")

# the kind of survey in a column
DELIGHTED = text(
    "Person ID,Person Email,Person Name,Response ID,Score,Comment,Response Time,Survey Type,Locale,Notes,Tags,Store",
    "1,lin@example.org,Lin,11,10,Great,2024-03-01 10:00:00 UTC,nps,en,,,Main",
    "2,wang@example.org,Wang,12,3,Late,2024-03-05 10:00:00 UTC,nps,en,,,Main",
    "3,zhao@example.org,Zhao,13,8,,2024-03-20 10:00:00 UTC,nps,en,,,Main")

# marks out of ten, the place's mark no place
BOOKING = text(
    "Review date,Guest name,Reservation number,Review title,Positive review,Negative review,Review score,Staff,Cleanliness,Location,Facilities,Comfort,Value for money,Property reply",
    "2024-03-01 10:00:00,Lin,9001,Good,Nice,,9.0,10,10,7.5,10,10,7.5,Thanks",
    "2024-03-05 10:00:00,Wang,9002,,,Noisy,5.0,5,5,5,5,5,5,")

# day and clock in one header
CASES = text(
    "Case Owner,Subject,Date/Time Opened,Age,Open,Closed,Case Number,Account Name,Contact Email,Priority,Status,Case Origin,Type,Date/Time Closed",
    "Amy,Broken,13/03/2024 10:00,5,0,1,00001001,Lin Ltd,lin@example.org,High,Closed,Phone,Problem,14/03/2024 10:00",
    "Amy,Where,14/03/2024 10:00,5,1,0,00001002,Wang Ltd,wang@example.org,Low,New,Email,Question,",
    "Bob,Late,20/03/2024 10:00,5,0,1,00001003,Wang Ltd,wang@example.org,Low,Closed,Email,Question,21/03/2024 10:00")

# conversations with a mark beside
QIYU = text(
    "会话ID,会话开始时间,会话结束时间,首次响应时长(秒),访客ID,访客名称,客服,客服分组,会话来源,会话类型,满意度,评价内容,咨询分类,解决状态",
    "1,2024-03-01 10:00:00,2024-03-01 10:10:00,20,V1,林,小李,售后,微信,正常会话,非常满意,好,退货,已解决",
    "2,2024-03-05 10:00:00,2024-03-05 10:10:00,40,V2,王,小李,售后,网页,正常会话,,,物流,未解决")

# sums and last days of purchases: a list of members, no orders
CARDS = text(
    "会员卡号,姓名,手机号,性别,生日,会员等级,开卡门店,开卡日期,储值余额,积分,累计消费金额,累计消费次数,最近消费时间,标签,状态",
    "M1,林,13900000001,女,1990-01-01,金卡,一店,2023-01-05,100.00,20,600.00,10,2024-03-01,老客,正常",
    "M2,王,13900000002,男,,银卡,一店,2023-02-05,0.00,5,60.00,2,2024-03-05,,正常")

# friends by their e-mail
REFERRALS = text(
    "Referrer Email,Referrer Name,Friend Email,Friend Name,Referral Date,Purchase Date,Purchase Amount,Reward,Reward Status",
    "lin@example.org,Lin,zhao@example.org,Zhao,2024-03-01 10:00:00,2024-03-02 10:00:00,30.00,10.00,Approved",
    "lin@example.org,Lin,qian@example.org,Qian,2024-03-05 10:00:00,,,,Pending")

ELSEWHERE = [
    Case("Shopee", {"shopee.csv": SHOPEE}, "orders", (4, 2, 1, 0, 1, 0), 2, 64, 0, 2, guessed=True),
    Case("Lazada", {"lazada.csv": LAZADA}, "orders", (4, 2, 1, 0, 1, 0), 2, 46, 0, 2, guessed=True),
    Case("Etsy", {"etsy.csv": ETSY}, "orders", (3, 3, 0, 0, 0, 0), 3, 67, 0, 2, guessed=True),
    Case("BigCommerce", {"bigcommerce.csv": BIGCOMMERCE}, "orders", (3, 2, 0, 0, 1, 0), 2, 55, 20, 2, guessed=True),
    Case("Squarespace", {"squarespace.csv": SQUARESPACE}, "orders", (3, 2, 1, 0, 0, 0), 2, 55, 5, 2, guessed=True),
    Case("Wix", {"wix.csv": WIX}, "orders", (3, 2, 1, 0, 0, 0), 2, 55, 20, 2, guessed=True),
    Case("Toast", {"toast.csv": TOAST}, "orders", (3, 2, 0, 0, 1, 0), 2, 50, 0, 2, guessed=True),
    Case("Loyverse", {"loyverse.csv": LOYVERSE}, "orders", (4, 3, 1, 0, 0, 0), 2, 48, 18, 2, asks=("statuses",), guessed=True),
    Case("Clover", {"clover.csv": CLOVER}, "orders", (3, 3, 0, 0, 0, 0), 3, 70, 5, 2, asks=("statuses",), guessed=True),
    Case("Mindbody", {"mindbody.csv": MINDBODY}, "orders", (4, 3, 1, 0, 0, 0), 2, 135, 15, 2, guessed=True),
    Case("A till with gift cards", {"gift_card.csv": GIFT_CARDS}, "orders", (4, 3, 0, 0, 1, 0), 2, 50, 30, 2, guessed=True),
    Case("QuickBooks", {"quickbooks.csv": QUICKBOOKS}, "orders", (3, 3, 0, 0, 0, 0), 2, 50, 20, 2, guessed=True),
    Case("Xero", {"xero.csv": XERO}, "orders", (4, 2, 1, 0, 1, 0), 2, 55, 0, 2, guessed=True),
    Case("HubSpot deals", {"hubspot_deals.csv": DEALS}, "orders", (3, 2, 0, 0, 1, 0), 2, 400, 0, 2, guessed=True),
    Case("用友销售明细", {"用友.csv": YONYOU}, "orders", (4, 3, 1, 0, 0, 0), 2, 70, 15, 2, guessed=True),
    Case("金蝶销售出库单", {"金蝶.csv": KINGDEE}, "orders", (4, 3, 1, 0, 0, 0), 2, 70, 15, 2, guessed=True),
    Case("微盟订单", {"微盟.csv": WEIMOB}, "orders", (3, 2, 0, 0, 1, 0), 2, 89, 10, 2, guessed=True),
    Case("银豹收银", {"银豹.csv": POSPAL}, "orders", (3, 3, 0, 0, 0, 0), 2, 89, 30, 2, guessed=True),
    Case("饿了么订单", {"饿了么.csv": ELEME}, "orders", (3, 2, 0, 0, 1, 0), 2, 90, 0, 2, guessed=True),
    Case("Klaviyo", {"klaviyo.csv": KLAVIYO}, "touches", (3, 3, 0, 0, 0, 0), guessed=True,
         query="SELECT channel, event, campaign_id, count(*), count(DISTINCT customer_id) FROM touches GROUP BY ALL", answer=[("email", "sent", "K1", 3, 3)]),
    Case("短信发送明细", {"短信.csv": SMS}, "touches", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT channel, event, count(DISTINCT customer_id) FROM touches GROUP BY ALL ORDER BY 2", answer=[("sms", "failed", 1), ("sms", "sent", 1)]),
    Case("Trustpilot", {"trustpilot.csv": TRUSTPILOT}, "feedback", (3, 3, 0, 0, 0, 0), guessed=True,
         query="SELECT kind, count(*), sum(score), count(DISTINCT customer_id), count(answered_at) FROM feedback GROUP BY 1", answer=[("review", 3, 11, 2, 1)]),
    Case("Delighted", {"delighted.csv": DELIGHTED}, "feedback", (3, 3, 0, 0, 0, 0), guessed=True,
         query="SELECT kind, max(scale_max), sum(score), count(DISTINCT customer_id), count(text) FROM feedback GROUP BY 1", answer=[("nps", 10, 21, 3, 2)]),
    Case("Booking.com reviews", {"booking_reviews.csv": BOOKING}, "feedback", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT kind, max(scale_max), sum(score), count(text) FROM feedback GROUP BY 1", answer=[("review", 10, 14, 1)]),
    Case("Salesforce cases", {"salesforce_cases.csv": CASES}, "tickets", (3, 3, 0, 0, 0, 0), guessed=True,
         query="SELECT count(DISTINCT ticket_id), count(closed_at), count(DISTINCT customer_id), count(DISTINCT category) FROM tickets", answer=[(3, 2, 2, 2)]),
    Case("七鱼会话", {"七鱼.csv": QIYU}, "tickets", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT count(DISTINCT ticket_id), count(closed_at), count(DISTINCT customer_id) FROM tickets", answer=[(2, 2, 2)]),
    Case("会员卡列表", {"会员.csv": CARDS}, "customers", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT count(DISTINCT customer_id), sum(points), count(birth_date), max(member_tier) FROM customers", answer=[(2, 25, 1, "银卡")]),
    Case("ReferralCandy", {"referral_candy.csv": REFERRALS}, "referrals", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT count(DISTINCT referrer_id), count(DISTINCT referee_id), count(first_order_at), sum(reward_cost) FROM referrals", answer=[(1, 2, 1, 10)]),
]
