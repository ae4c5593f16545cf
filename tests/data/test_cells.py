"""How one cell is read, cell by cell."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relops.data.cells import cleaned, define_cells
from relops.data.engine import Engine, literal


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with Engine.create(tmp_path_factory.mktemp("cells") / "e.duckdb") as engine:
        define_cells(engine)
        yield engine


def read(engine, macro, cell):
    return engine.value(f"SELECT {macro} FROM (SELECT CAST(? AS VARCHAR) AS x)", [cell])


@pytest.mark.parametrize(("cell", "text"), [
    (" a ", "a"), ("\u3000张三\u00a0", "张三"), ('="00123"', "00123"), ("'13800000000", "13800000000"), ("`12", "12"),
    ("'t Hooft", "'t Hooft"), ("", None), ("NULL", None), ("nan", None), ("--", None), ("\\N", None), ("NA", "NA"),
    ("a-b", "a-b"), ('=SUM("A1")', '=SUM("A1")'), ("\tx", "x"),
])
def test_cells_are_cleaned(engine, cell, text):
    engine.create_table("staged", f"SELECT {literal(cell)} AS c0", temporary=True)
    assert engine.value(f"SELECT c0 FROM {cleaned('staged', ['c0'])}") == text


@pytest.mark.parametrize(("cell", "amount"), [
    ("1", "1"), ("-1.5", "-1.5"), ("¥1,234.50", "1234.5"), ("1,234", "1234"), ("(12.00)", "-12"), ("12-", "-12"),
    ("0元", "0"), ("１２．５", "12.5"), ("RMB 5", "5"), ("1e3", "1000"), (".5", "0.5"), ("$ 3", "3"),
    ("1.23456", "1.2346"),
    ("(£5.00)", "-5"), ("($1,050.00)", "-1050"), ("20.00 CR", "-20"), ("1,020.00Cr", "-1020"), ("20.00 DR", "20"),
    ("70.00-", "-70"), ("0.12万", "1200"), ("1.5万元", "15000"), ("¥ 2,000万", "20000000"), ("Rp 150.000", "150000"),
    ("Rp1.150.000,50", "1150000.5"), ("Rp. 150,000.00", "150000"), ("150.000₫", "150000"), ("Rp 12.50", "12.5"),
    ("万", None), ("x万", None), ("CR", None), ("Rp 1.150.000.000", None), ("-20.00 CR", None),
    ("128.00(含运费)", "128"), ("¥128.00（含运费：8元）", "128"), ("1'234.50", "1234.5"), ("US$1,200", "1200"),
    ("１，２３４．５０", "1234.5"), ("100(50)", None), ("€ 1\u00a0234.50", "1234.5"), ("（12.50）", "-12.5"),
    ("1,28,500.00", "128500"), ("₹1,00,00,000", "10000000"), ("1,28,50", None),
    ("12,50", None), ("1,23,4", None), ("1.234,50", None), ("1_000", None), ("nan", None), ("inf", None), ("x", None),
    ("99999999999999999", None), ("1.2.3", None), ("-", None),
])
def test_money(engine, cell, amount):
    assert read(engine, "as_money(x)", cell) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(("currency", "amount"), [
    ("usd", 123.45), ("KWD", 12.345), ("tnd", 12.345), ("JPY", 12345), ("xof", 12345), ("isk", 123.45),
    ("ugx", 123.45)])
def test_money_in_the_smallest_units_of_its_currency(engine, currency, amount):
    assert read(engine, f"minor_money(x, {literal(currency)})", "12345") == amount


@pytest.mark.parametrize(("cell", "day"), [
    *((f"7 {name} 2024", f"2024-{month:02}-07") for names in (
        "January February March April May June July August September October November December",
        "de/enero/de de/febrero/de de/marzo/de de/abril/de de/mayo/de de/junio/de de/julio/de de/agosto/de "
        "de/septiembre/de de/octubre/de de/noviembre/de de/diciembre/de",
        "de/janeiro/de de/fevereiro/de de/março/de de/abril/de de/maio/de de/junho/de de/julho/de de/agosto/de "
        "de/setembro/de de/outubro/de de/novembro/de de/dezembro/de",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Jän. Feb. Mrz Apr. Mai Jun. Jul. Aug. Sept. Okt. Nov. Dez.",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "JANVIER FÉVRIER MARS AVRIL MAI JUIN JUILLET AOÛT SEPTEMBRE OCTOBRE NOVEMBRE DÉCEMBRE",
        "DE/ENERO/DE DE/FEBRERO/DE DE/MARZO/DE DE/ABRIL/DE DE/MAYO/DE DE/JUNIO/DE DE/JULIO/DE DE/AGOSTO/DE "
        "DE/SEPTIEMBRE/DE DE/OCTUBRE/DE DE/NOVIEMBRE/DE DE/DICIEMBRE/DE")
      for month, name in enumerate((one.replace("/", " ") for one in names.split()), 1)),
    ("3. Mär 2024", "2024-03-03"), ("1er février 2024", "2024-02-01"), ("3 DE MARÇO DE 2024", "2024-03-03"),
    ("3. Oktober 2024", "2024-10-03"), ("3. Mai 2024", "2024-05-03"), ("3 de enero del 2024 10:05 hs.", "2024-01-03"),
    ("113/01/03", "2024-01-03"), ("民國113年2月29日", "2024-02-29"), ("99/01/03", None), ("2567-02-29", "2024-02-29"),
    ("2567/2/29 10:05", "2024-02-29"), ("2024-01-03 10:05:00 星期三", "2024-01-03"),
    ("2024/1/3（水） 10:05", "2024-01-03"),
])
def test_days_as_they_are_written_elsewhere(engine, cell, day):
    read_day = read(engine, "strftime(as_time(x, 'UTC', NULL), '%Y-%m-%d')", cell)
    assert read_day == day


@pytest.mark.parametrize(("cell", "number"), [("5", 5.0), ("45%", 0.45), ("1,000", 1000.0), ("x", None), ("%", None)])
def test_numbers(engine, cell, number):
    assert read(engine, "as_number(x)", cell) == (None if number is None else pytest.approx(number))


@pytest.mark.parametrize(("cell", "truth"), [("是", True), ("TRUE", True), ("1", True), ("否", False), ("no", False),
                                             ("maybe", None)])
def test_booleans(engine, cell, truth):
    assert read(engine, "as_boolean(x)", cell) is truth


@pytest.mark.parametrize(("cell", "utc"), [
    ("2024-01-05", "2024-01-04 16:00:00"), ("2024-01-05 10:00", "2024-01-05 02:00:00"),
    ("2024-01-05T10:00:01.123456789", "2024-01-05 02:00:01.123456"), ("2024-01-05T10:00:00Z", "2024-01-05 10:00:00"),
    ("2024-01-05T10:00:00+09:00", "2024-01-05 01:00:00"), ("2024-01-05 10:00:00-0530", "2024-01-05 15:30:00"),
    ("2024-01-05 10:00:00+08", "2024-01-05 02:00:00"), ("2024/01/05 10:00:00 PM GMT+8", "2024-01-05 14:00:00"),
    ("2024-01-05 10:00:00 UTC-03:30", "2024-01-05 13:30:00"), ("20240105", "2024-01-04 16:00:00"),
    ("20240105101112", "2024-01-05 02:11:12"), ("2024年1月5日", "2024-01-04 16:00:00"),
    ("2024年1月5日 9时5分", "2024-01-05 01:05:00"), ("2024/1/5 9:05", "2024-01-05 01:05:00"),
    ("2024.1.5", "2024-01-04 16:00:00"),
    ("2024年1月5日 下午3:05", "2024-01-05 07:05:00"), ("2024/1/5 上午12:30:00", "2024-01-04 16:30:00"),
    ("2024-01-05 03:05 PM", "2024-01-05 07:05:00"), ("2024-01-05 10:00:00 UTC", "2024-01-05 10:00:00"),
    ("5 Jan 2024", "2024-01-04 16:00:00"), ("05-Jan-2024 10:00", "2024-01-05 02:00:00"),
    ("January 5, 2024 10:00 AM", "2024-01-05 02:00:00"), ("45296.4375", "2024-01-05 02:30:00"),
    ("45296", "2024-01-04 16:00:00"), ("1704420000", "2024-01-05 02:00:00"),
    ("1704420000250", "2024-01-05 02:00:00.250"), ("２０２４－０１－０５", "2024-01-04 16:00:00"),
    ("202401051011", "2024-01-05 02:11:00"), ("2024-01-05 10:00:00.000 +0000", "2024-01-05 10:00:00"),
    ("2024年1月5日 星期五", "2024-01-04 16:00:00"), ("2024-01-05（周五）10:00", "2024-01-05 02:00:00"),
    ("2024年1月5日 星期五 下午3:05", "2024-01-05 07:05:00"), ("05-Jan-2024 10:00 AM EDT", "2024-01-05 14:00:00"),
    ("2024-01-05 10:00:00 PST", "2024-01-05 18:00:00"), ("Friday, January 5, 2024", "2024-01-04 16:00:00"),
    ("Fri 5 Jan 2024 10:00", "2024-01-05 02:00:00"), ("２０２４－０１－０５ １０：００", "2024-01-05 02:00:00"),
    ("２０２４／１／５", "2024-01-04 16:00:00"), ("2024-01-05 10:00 CST", None),
    ("05/01/2024", None), ("2024-02-30", None), ("2024-13-01", None), ("12345678", None), ("2024-01-05 25:00:00", None),
    ("5", None), ("x", None),
])
def test_times_without_a_zone_are_the_clients(engine, cell, utc):
    value = read(engine, "CAST(as_time(x, 'Asia/Shanghai', NULL) AT TIME ZONE 'UTC' AS TIMESTAMP)", cell)
    assert value == (None if utc is None else datetime.datetime.fromisoformat(utc))


@pytest.mark.parametrize(("day_first", "day"), [("true", (2024, 1, 5)), ("false", (2024, 5, 1))])
def test_day_and_month_in_the_order_told(engine, day_first, day):
    value = read(engine, f"CAST(timezone('UTC', as_time(x, 'UTC', {day_first})) AS DATE)", "05/01/2024 10:00")
    assert value == datetime.date(*day)


# every form in which shops and tills print money; the amount comes back exactly
FORMS = (
    "{0:.2f}", "¥{0:,.2f}", "￥{0:.2f}", "{0:.2f}元", "{0:,.2f} 元", "$ {0:,.2f}", "RMB {0:.2f}", "CNY{0:.2f}",
    '="{0:.2f}"', "'{0:.2f}", "`{0:.2f}", "\t{0:.2f}", " {0:.2f} ", "{0:.2f}(含运费)", "{0:,.2f}（含税）",
    "\u3000{0:.2f}\u00a0",
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cents=st.integers(-10**11, 10**11), form=st.sampled_from(FORMS), wide=st.booleans())
def test_money_comes_back_exact_from_every_form(engine, cents, form, wide):
    amount = Decimal(cents) / 100
    cell = form.format(amount)
    if wide:
        full = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
        cell = cell if cell[0] in "='`" else cell.translate(full)
    engine.create_table("staged", f"SELECT {literal(cell)} AS c0", temporary=True)
    if cents < 0 and form[0] == "'":
        return  # an apostrophe before a sign is a text, not a number forced to be one
    assert engine.value(f"SELECT as_money(c0) FROM {cleaned('staged', ['c0'])}") == amount


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2090, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)), form=st.sampled_from((
        "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S",
        "%Y-%m-%dT%H:%M:%SZ", "%d %B %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%Y-%m-%d %p %I:%M:%S")))
def test_a_moment_comes_back_exact_from_every_form(engine, moment, form):
    found = read(engine, "CAST(as_time(x, 'UTC', NULL) AT TIME ZONE 'UTC' AS TIMESTAMP)", moment.strftime(form))
    assert found == moment


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cell=st.from_regex(r"\A-?[¥$ ]{0,2}[0-9]{1,4}(,[0-9]{2,3}){0,2}([.][0-9]{0,3})?[元 ]?\Z"))
def test_the_short_way_of_amounts_is_the_long_one(engine, cell):
    assert read(engine, "as_money(x)", cell) == read(
        engine, "TRY_CAST(plain_number(bare_money(x)) AS DECIMAL(18, 4))", cell)
    assert read(engine, "is_number(x)", cell) == read(engine, "plain_number(bare_money(x)) IS NOT NULL", cell)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cell=st.from_regex(r"\A20[0-9]{2}[-/年][0-9]{1,2}[-/月][0-9]{1,2}日?( [0-2]?[0-9]:[0-9]{2}(:[0-5][0-9])?)?\Z"))
def test_the_short_way_of_times_is_the_long_one(engine, cell):
    if " 24:" not in cell:  # midnight at the end of the day, which the engine reads
        assert read(engine, "epoch_us(as_time(x, 'Asia/Shanghai', NULL))", cell) == read(
            engine, "epoch_us(time_by_parts(half_width(x), 'Asia/Shanghai', NULL))", cell)
