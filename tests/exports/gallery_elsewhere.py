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

# a sale, its lines and its payments as rows of one file
LIGHTSPEED = text(
    "Date,Receipt,Line Type,Customer Code,Customer Name,Note,Quantity,Subtotal,Sales Tax,Discount,Loyalty,Total,Paid,Details,Register,User,Status,Sku,Account Code Sales",
    "2024-03-01 10:00:00,1001,Sale,C1,Lin,,3,30.00,3.00,0,0,33.00,33.00,2 items,Main,Amy,Closed,,",
    "2024-03-01 10:00:00,1001,Sale Line,C1,Lin,,1,20.00,2.00,0,0,22.00,,Tea,Main,Amy,Closed,S1,",
    "2024-03-01 10:00:00,1001,Sale Line,C1,Lin,,2,10.00,1.00,0,0,11.00,,Cup,Main,Amy,Closed,S2,",
    "2024-03-01 10:00:00,1001,Payment,C1,Lin,,,,,,,,33.00,Card,Main,Amy,Closed,,",
    "2024-03-05 10:00:00,1002,Sale,C2,Wang,,1,20.00,2.00,0,0,22.00,22.00,1 item,Main,Amy,Closed,,",
    "2024-03-05 10:00:00,1002,Sale Line,C2,Wang,,1,20.00,2.00,0,0,22.00,,Tea,Main,Amy,Closed,S1,",
    "2024-03-05 10:00:00,1002,Payment,C2,Wang,,,,,,,,22.00,Card,Main,Amy,Closed,,")

# the visit counts, not the booking; nobody came
RESERVATIONS = text(
    "Restaurant,Visit Date,Visit Time,Guest Name,Guest Phone,Guest Email,Party Size,Table,Server,Status,POS Subtotal,POS Check IDs,Reservation Date Created",
    "Main,2024-03-01,19:00,Lin,6175550001,lin@example.org,2,4,Amy,Done,80.00,9001,2024-02-20",
    "Main,2024-03-05,19:00,Wang,6175550002,wang@example.org,2,4,Amy,No Show,,,2024-02-21",
    "Main,2024-03-20,19:00,Wang,6175550002,wang@example.org,2,4,Amy,Done,60.00,9003,2024-02-22")

# a contact that is a phone
AIRBNB = text(
    "Confirmation code,Status,Guest name,Contact,# of adults,# of children,Start date,End date,# of nights,Booked,Listing,Earnings",
    'HM1,Past guest,Lin,+86 139 0000 0001,2,0,3/13/2024,3/15/2024,2,2024-02-01,Loft,"$200.00"',
    'HM2,Canceled by guest,Wang,+86 139 0000 0002,1,0,3/14/2024,3/16/2024,2,2024-02-05,Loft,"$0.00"',
    'HM3,Past guest,Wang,+86 139 0000 0002,1,0,3/20/2024,3/22/2024,2,2024-02-10,Loft,"$180.00"')

# amounts of the line and of the order, a kind of return, a column of refunds: one of them counts
TIKTOK = text(
    "Order ID,Order Status,Order Substatus,Cancelation/Return Type,Normal or Pre-order,SKU ID,Seller SKU,Product Name,Variation,Quantity,Sku Quantity of return,SKU Unit Original Price,SKU Subtotal Before Discount,SKU Platform Discount,SKU Seller Discount,SKU Subtotal After Discount,Shipping Fee After Discount,Order Amount,Order Refund Amount,Created Time,Paid Time,Shipped Time,Delivered Time,Cancelled Time,Buyer Username,Recipient,Phone #",
    "5001,Completed,Completed,,Normal,1,S1,Tea,Def,1,0,20.00,20.00,0,2.00,18.00,3.00,31.00,0,03/13/2024 10:00:00 AM,03/13/2024 10:01:00 AM,,,,lin88,Lin,(+1)617*****01",
    "5001,Completed,Completed,,Normal,2,S2,Cup,Def,2,0,5.00,10.00,0,0,10.00,0.00,31.00,0,03/13/2024 10:00:00 AM,03/13/2024 10:01:00 AM,,,,lin88,Lin,(+1)617*****01",
    "5002,Canceled,Canceled,Cancel,Normal,1,S1,Tea,Def,1,0,20.00,20.00,0,2.00,18.00,3.00,21.00,0,03/14/2024 10:00:00 AM,,,,,wang2,Wang,(+1)617*****02",
    "5003,Completed,Completed,Return/Refund,Normal,1,S1,Tea,Def,1,1,20.00,20.00,0,2.00,18.00,3.00,21.00,21.00,03/20/2024 10:00:00 AM,03/20/2024 10:01:00 AM,,,,wang2,Wang,(+1)617*****02")

# bars between cells; an address is no key
PIPES = text(
    "PO#|Order#|Order Date|Ship By|Delivery Date|Customer Name|Customer Shipping Address|Customer Phone Number|Item Description|Qty|Item Cost|Shipping Cost|Tax|Status|SKU",
    "P1|W1|2024-03-01|2024-03-02|2024-03-05|Lin|1 St|6175550001|Tea|1|20.00|5.00|1.00|Delivered|S1",
    "P1|W1|2024-03-01|2024-03-02|2024-03-05|Lin|1 St|6175550001|Cup|2|10.00|0|1.00|Delivered|S2",
    "P2|W2|2024-03-05|2024-03-06|2024-03-09|Wang|2 St|6175550002|Tea|1|20.00|5.00|1.00|Cancelled|S1")

# German headers, points in dates and commas in amounts
GERMAN_TILL = text(
    "Belegnummer;Datum;Uhrzeit;Kundennummer;Artikel;Menge;Einzelpreis;Gesamtpreis;Zahlart",
    "1001;13.03.2024;10:00;K1;Tee;2;15,00;30,00;Karte",
    "1001;13.03.2024;10:00;K1;Tuch;1;10,00;10,00;Karte",
    "1002;14.03.2024;11:00;K2;Tee;1;15,00;15,00;Bar",
    "1003;20.03.2024;11:00;K2;Tee;-1;15,00;-15,00;Bar")

# a return is a document of its own, its amount above zero
GRASP = text(
    "单据类型,单据编号,单据日期,往来单位,经手人,仓库,商品编号,商品名称,数量,单价,金额,折后金额,备注",
    "销售单,XS001,2024-03-01,林记,周,主仓,1,龙井,2,15.00,30.00,30.00,",
    "销售单,XS001,2024-03-01,林记,周,主仓,2,茶巾,1,10.00,10.00,9.00,",
    "销售单,XS002,2024-03-05,王记,周,主仓,1,龙井,2,15.00,30.00,30.00,",
    "销售退货单,XT001,2024-03-20,王记,周,主仓,1,龙井,1,15.00,15.00,15.00,")

# a kind of row under a name nobody listed: a card loaded
SALON = text(
    "消费单号,消费时间,会员姓名,会员电话,项目,消费类型,金额,卡扣金额,现金,美容师,门店",
    "M1,2024-03-01 10:00,林,13900000001,面部护理,项目消费,300.00,300.00,0.00,小美,一店",
    "M2,2024-03-05 10:00,王,13900000002,充值卡,会员充值,1000.00,0.00,1000.00,小美,一店",
    "M3,2024-03-20 10:00,王,13900000002,身体护理,项目消费,200.00,200.00,0.00,小美,一店")

# units in the headers
FLIGGY = text(
    "订单号,子订单号,商品名称,下单时间,付款时间,出行日期,买家昵称,订单状态,应付金额(元),实付金额(元),退款金额(元),佣金(元)",
    "F1,F1-1,西湖一日游,2024-02-20 10:00:00,2024-02-20 10:01:00,2024-03-01,lin88,交易成功,200.00,188.00,0.00,10.00",
    "F2,F2-1,西湖一日游,2024-02-25 10:00:00,2024-02-25 10:01:00,2024-03-05,wang2,交易关闭,200.00,200.00,200.00,0.00",
    "F3,F3-1,西湖一日游,2024-03-01 10:00:00,2024-03-01 10:01:00,2024-03-20,wang2,交易成功,100.00,100.00,0.00,5.00")

# recipients; what bounced
MAILING = text(
    "Recipient,Email name,Campaign,Sent date,Delivered,Opened,Clicked,Bounced,Unsubscribed",
    "lin@example.org,Spring,C1,2024-03-01 10:00,TRUE,TRUE,FALSE,FALSE,FALSE",
    "wang@example.org,Spring,C1,2024-03-01 10:00,FALSE,FALSE,FALSE,TRUE,FALSE")

# the file says the channel
WECOM_MAILING = text(
    "客户名称,客户手机号,所属员工,群发名称,发送时间,送达状态,备注",
    "林,13900000001,小周,春茶,2024-03-01 10:00:00,已送达,",
    "王,13900000002,小周,春茶,2024-03-01 10:00:00,未送达,客户已不是好友")

# a visit that asked
CALL_BACKS = text(
    "回访日期,客户编号,回访人,回访方式,满意度评分,推荐意愿(0-10),客户意见",
    "2024-03-01,C1,小周,电话,5,9,好",
    "2024-03-05,C2,小周,电话,2,3,慢")

# a list kept by hand
COMPLAINTS = text(
    "登记时间,投诉编号,客户电话,投诉内容,投诉类型,受理人,处理结果,办结时间,是否满意",
    "2024-03-01 10:00,T1,13900000001,坏了,质量,小周,换货,2024-03-02 10:00,是",
    "2024-03-05 10:00,T2,13900000002,晚到,物流,小周,,,")

# an experiment with money in it, no orders
VISITORS = text(
    "Visitor ID,Experiment ID,Experiment Name,Variation ID,Variation Name,Timestamp,Purchases,Revenue",
    "v1,E1,Checkout,1,Original,2024-03-01 10:00:00,0,0",
    "v2,E1,Checkout,2,Variation #1,2024-03-01 11:00:00,1,30.00",
    "v3,E1,Checkout,1,Original,2024-03-02 10:00:00,1,20.00",
    "v4,E1,Checkout,2,Variation #1,2024-03-02 11:00:00,0,0")

# names beside phones
INTRODUCTIONS = text(
    "老客户,老客户电话,新客户,新客户电话,转介绍时间,首次到店时间,奖励金额",
    "林,13900000001,赵,13900000003,2024-03-01,2024-03-03,50",
    "王,13900000002,钱,13900000004,2024-03-05,,")

ODOO = b"""Order Reference,Order Date,Customer/Email,Order Lines/Product,Order Lines/Quantity,Order Lines/Subtotal,Total,Status
S00021,2024-01-03 10:21:00,lena@x.de,Desk Lamp,2.00,60.00,95.00,Sales Order
,,,Chair,1.00,35.00,,
S00022,2024-01-04 11:00:00,ivo@x.de,Chair,1.00,35.00,35.00,Sales Order
S00023,2024-02-04 11:00:00,lena@x.de,Sofa,1.00,350.00,420.00,Sales Order
,,,Desk Lamp,1.00,30.00,,
,,,Bulb,4.00,40.00,,
S00024,2024-02-14 11:00:00,mia@x.de,Bulb,2.00,20.00,20.00,Cancelled
"""
# 订单号、日期、客户合并单元格，另存为 CSV 之后只剩第一行有字；明细金额按行
MERGED_CELLS = """订单号,下单日期,客户手机号,商品名称,数量,明细金额
D1,2024-03-01,13800000011,茶叶,1,40
,,,茶杯,2,30
D2,2024-03-02,13800000012,茶叶,1,40
D3,2024-03-05,13800000011,茶壶,1,90
,,,茶杯,1,15
,,,茶漏,1,5
合计,,,,7,220
""".encode()

ELSEWHERE = [
    Case("Odoo sale orders", {"sale_order.csv": ODOO}, "orders", (7, 3, 3, 0, 1, 0), 3, 550, 0, 2, guessed=True),
    Case("合并单元格的订单表", {"订单.csv": MERGED_CELLS}, "orders", (6, 3, 3, 0, 0, 0), 3, 220, 0, 2, guessed=True),
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
    Case("Lightspeed", {"lightspeed.csv": LIGHTSPEED}, "orders", (7, 2, 0, 0, 5, 0), 2, 55, 0, 2, guessed=True),
    Case("Reservations", {"opentable.csv": RESERVATIONS}, "orders", (3, 2, 0, 0, 1, 0), 2, 140, 0, 2, guessed=True),
    Case("Airbnb", {"airbnb.csv": AIRBNB}, "orders", (3, 2, 0, 0, 1, 0), 2, 380, 0, 2, asks=("statuses",), guessed=True),
    Case("TikTok Shop", {"tiktok_shop.csv": TIKTOK}, "orders", (4, 2, 1, 0, 1, 0), 2, 52, 21, 2, guessed=True),
    Case("Walmart", {"walmart.csv": PIPES}, "orders", (3, 1, 1, 0, 1, 0), 1, 40, 0, 1, guessed=True),
    Case("A German till", {"pos_de.csv": GERMAN_TILL}, "orders", (4, 3, 1, 0, 0, 0), 2, 55, 15, 2, guessed=True),
    Case("管家婆销售明细", {"管家婆.csv": GRASP}, "orders", (4, 3, 1, 0, 0, 0), 2, 69, 15, 2, guessed=True),
    Case("美业消费明细", {"美业.csv": SALON}, "orders", (3, 2, 0, 0, 1, 0), 2, 500, 0, 2, guessed=True),
    Case("飞猪订单", {"飞猪.csv": FLIGGY}, "orders", (3, 2, 0, 0, 1, 0), 2, 288, 0, 2, guessed=True),
    Case("HubSpot e-mail", {"hubspot_email.csv": MAILING}, "touches", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT channel, event, count(DISTINCT customer_id) FROM touches GROUP BY ALL ORDER BY 2", answer=[("email", "failed", 1), ("email", "sent", 1)]),
    Case("企业微信群发", {"企微群发.csv": WECOM_MAILING}, "touches", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT channel, event, campaign_id, count(*) FROM touches GROUP BY ALL ORDER BY 2", answer=[("wecom", "failed", "春茶", 1), ("wecom", "sent", "春茶", 1)]),
    Case("回访记录", {"回访.csv": CALL_BACKS}, "feedback", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT kind, sum(score), count(text), count(DISTINCT customer_id) FROM feedback GROUP BY 1", answer=[("csat", 7, 2, 2)]),
    Case("投诉登记表", {"投诉登记表.csv": COMPLAINTS}, "tickets", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT count(DISTINCT ticket_id), count(closed_at), count(DISTINCT customer_id) FROM tickets", answer=[(2, 1, 2)]),
    Case("Optimizely", {"ab_optimizely.csv": VISITORS}, "assignments", (4, 4, 0, 0, 0, 0), guessed=True,
         query="SELECT experiment_id, arm, count(*), sum(CAST(revenue AS DOUBLE)) FROM assignments GROUP BY ALL ORDER BY 2", answer=[("e1", "original", 2, 20), ("e1", "variation_1", 2, 30)]),
    Case("转介绍登记", {"转介绍.csv": INTRODUCTIONS}, "referrals", (2, 2, 0, 0, 0, 0), guessed=True,
         query="SELECT count(DISTINCT referrer_id), count(DISTINCT referee_id), sum(reward_cost) FROM referrals", answer=[(2, 2, 50)]),
]
