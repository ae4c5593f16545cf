# ruff: noqa: E501 -- the lines are those of the files
"""The fifth room: prices of stays and tickets, states told by another column, other languages, a log of an app."""

from gallery import Case, text

# a price and what was paid of it; who has not come yet has paid nothing
BOOKSY = text(
    "Date,Time,Client,Phone,Service,Staffer,Price,Status,Paid,Appointment ID",
    "13/03/2024,14:00,Lin Yi,+44 7700 900001,Haircut,Sam,£30.00,Finished,£30.00,AP1",
    "15/03/2024,14:00,Wang Er,+44 7700 900002,Haircut,Sam,£45.00,Cancelled by client,£0.00,AP2",
    "20/03/2024,14:00,Wang Er,+44 7700 900002,Colour,Sam,£50.00,Finished,£40.00,AP3")

# an invoice that is not paid is no sale
CHARGEBEE = text(
    "Invoice Number,Customer Id,PO Number,Invoice Date,Status,Amount,Amount Paid,Amount Due,Currency,Recurring",
    "INV-1,cus_1,,2024-03-01T00:00:00+00:00,paid,49.00,49.00,0.00,USD,true",
    "INV-2,cus_2,,2024-03-05T00:00:00+00:00,not_paid,59.00,0.00,59.00,USD,true",
    "INV-3,cus_2,,2024-03-20T00:00:00+00:00,paid,59.00,59.00,0.00,USD,true",
    "INV-4,cus_1,,2024-03-21T00:00:00+00:00,voided,59.00,0.00,0.00,USD,false")

# the price of the whole stay beside what the hotel gets of it
CTRIP = text(
    "订单号,订单状态,预订时间,入住日期,间夜数,订单总价,结算底价,联系手机,入住人,会员编号",
    "3601,已离店,2024-03-01 09:00:00,2024-03-02,1,¥300.00,¥255.00,138****1000,林一,会员0001",
    "3602,已取消,2024-03-05 09:00:00,2024-03-06,2,¥600.00,¥510.00,138****1001,王二,会员0002",
    "3603,已入住,2024-03-20 09:00:00,2024-03-20,1,¥320.00,¥272.00,138****1001,王二,会员0002")

# the kind of an order tells what became of it
EVENTBRITE = text(
    "Order #,Order Date,First Name,Last Name,Email,Quantity,Ticket price,Currency,Order Type,Total Paid",
    "901,2024-03-01 10:00:00+00:00,Yi,Lin,lin@example.org,1,25.00,USD,Eventbrite Completed,25.00",
    "902,2024-03-05 10:00:00+00:00,Er,Wang,wang@example.org,2,50.00,USD,Refunded,50.00",
    "903,2024-03-20 10:00:00+00:00,Er,Wang,wang@example.org,1,25.00,USD,PayPal Completed,25.00")

# German: failed payments, money given back below zero, the customer's address by a header that begins with it
SUMUP = text(
    "Datum;Transaktions-ID;Transaktionsart;Betrag inkl. MwSt.;Trinkgeld;Kartentyp;Status;E-Mail des Kunden",
    "13.03.2024 14:00;T1;Verkauf;30,00;0,00;Visa;Erfolgreich;lin@example.org",
    "15.03.2024 14:00;T2;Verkauf;1.040,00;0,00;Visa;Fehlgeschlagen;wang@example.org",
    "18.03.2024 14:00;T3;Verkauf;40,00;0,00;Visa;Erfolgreich;wang@example.org",
    "20.03.2024 14:00;T4;Rückerstattung;-10,00;0,00;Visa;Erfolgreich;wang@example.org")

# an app's log: times in microseconds, refunds as events of their own with amounts above zero
APP_LOG = text(*(
    f'{{"event": "{event}", "event_id": "{number}", "user_pseudo_id": "{user}", "event_timestamp": {day}000000, "value": {value}, "currency": "USD", "transaction_id": "{order}"}}'
    for event, number, user, day, value, order in (
        ("purchase", "e1", "u1", 1709258400, 30.5, "t1"), ("purchase", "e2", "u2", 1709604000, 40, "t2"),
        ("refund", "e3", "u2", 1710900000, 15, "t2"))))

# the half of the day and the zone behind the clock, a grid of questions
GOOGLE_FORMS = text(
    'Timestamp,How likely are you to recommend us to a friend or colleague?,How satisfied were you with your visit? [Staff],How satisfied were you with your visit? [Speed],Anything else?,Email Address',
    "2024/03/01 10:00:00 AM GMT+8,9,5,4,Great,lin@example.org", "2024/03/05 3:00:00 PM GMT+8,3,2,1,Slow,wang@example.org",
    "2024/03/20 9:30:00 下午 GMT+8,10,4,5,,zhao@example.org")

# years of two digits, nobody named
MICROSOFT_FORMS = text(
    "ID,Start time,Completion time,Email,Name,How likely are you to recommend us?,How easy was it to solve your issue?",
    "1,3/1/24 10:00:00,3/1/24 10:02:00,anonymous,,9,5", "2,3/15/24 10:00:00,3/15/24 10:02:00,anonymous,,4,2")

SCORES = "SELECT kind, max(scale_max), sum(score), count(DISTINCT customer_id), max(hour(given_at AT TIME ZONE 'UTC')) FROM feedback GROUP BY 1 ORDER BY 1"

# the only time is that of the payment
PAID_ONLY = text("订单号,付款时间,会员号,实付金额", "O1,2024-03-01 10:00,c1,100", "O2,2024-03-20 10:00,c2,60")

# a total on both lines of an order, in a known export with one such order
WOO_LINES = text(
    "Order Number,Order Status,Order Date,Email (Billing),Phone (Billing),Payment Method Title,Cart Discount Amount,Order Refund Amount,Order Total Amount,SKU,Item Name,Item Cost",
    "501,Completed,2024-03-01 10:00,lin@example.org,123,Card,0,0,100,S1,Tea,60", "501,Completed,2024-03-01 10:00,lin@example.org,123,Card,0,0,100,S2,Cup,40",
    "502,Completed,2024-03-20 10:00,wang@example.org,124,Card,0,0,70,S1,Tea,70")

ABROAD = [
    Case("Booksy", {"booksy.csv": BOOKSY}, "orders", (3, 2, 0, 0, 1, 0), 2, 70, 0, 2, guessed=True),
    Case("Chargebee", {"chargebee.csv": CHARGEBEE}, "orders", (4, 2, 0, 0, 2, 0), 2, 108, 0, 2, guessed=True),
    Case("携程订单", {"携程.csv": CTRIP}, "orders", (3, 2, 0, 0, 1, 0), 2, 620, 0, 2, guessed=True),
    Case("Eventbrite", {"eventbrite.csv": EVENTBRITE}, "orders", (3, 3, 0, 0, 0, 0), 3, 100, 50, 2, guessed=True),
    Case("SumUp", {"sumup.csv": SUMUP}, "orders", (4, 3, 0, 0, 1, 0), 2, 70, 10, 2, guessed=True),
    Case("A log of an app", {"app.jsonl": APP_LOG}, "orders", (3, 3, 0, 0, 0, 0), 2, 70.5, 15, 2, guessed=True),
    Case("付款时间", {"付款.csv": PAID_ONLY}, "orders", (2, 2, 0, 0, 0, 0), 2, 160, 0, 2, guessed=True),
    Case("WooCommerce lines", {"woo.csv": WOO_LINES}, "orders", (3, 2, 1, 0, 0, 0), 2, 170, 0, 2),
    Case("Google Forms", {"google_forms.csv": GOOGLE_FORMS}, "feedback", (3, 3, 0, 0, 0, 0), query=SCORES, answer=[("csat", 5, 21, 3, 13), ("nps", 10, 22, 3, 13), ("review", None, None, 2, 7)]),
    Case("Microsoft Forms", {"ms_forms.csv": MICROSOFT_FORMS}, "feedback", (2, 2, 0, 0, 0, 0), query=SCORES, answer=[("ces", 5, 7, 0, 10), ("nps", 10, 13, 0, 10)]),
]
