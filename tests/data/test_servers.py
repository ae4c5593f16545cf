"""Tables of PostgreSQL and MySQL, on a real server where its URL is given (RELOPS_TEST_POSTGRES, RELOPS_TEST_MYSQL)."""

import contextlib
import os
import socket
import threading

import pg8000.dbapi
import pymysql
import pytest
from door_project import Door, orders

from relops.data.readers.databases import server_options, without_password
from relops.errors import BadInput

ROWS = [("A-1", "2025-01-02 10:00:00", "1234.50", "李雷", 'a "quoted", note'),
        ("A-2", "2025-01-03 00:30:00", "7.00", None, ""),
        ("00123456789012345678", "2025-01-04 23:59:59", "0.10", "韩梅梅", "two\nlines")]
MAKE = ("CREATE TABLE relops_orders (order_id varchar(30), ordered_at {time}, amount numeric(12, 2), "
        "customer_id varchar(30), remark varchar(50))")


def fill(cursor, time: str) -> None:
    for table in ("relops_orders", "relops_empty"):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
    cursor.execute(MAKE.format(time=time))
    cursor.execute("CREATE TABLE relops_empty (order_id varchar(30))")
    for row in ROWS:
        cursor.execute("INSERT INTO relops_orders VALUES (%s, %s, %s, %s, %s)", row)


@pytest.fixture(params=["RELOPS_TEST_POSTGRES", "RELOPS_TEST_MYSQL"])
def server(request):
    """URL of a server with the table relops_orders."""
    url = os.environ.get(request.param)
    if not url:
        pytest.skip(f"{request.param} names no server")
    kind, options = server_options(url)
    if kind == "postgresql":
        connection = pg8000.dbapi.connect(**options | {"password": options["password"] or None})
    else:
        connection = pymysql.connect(**options, charset="utf8mb4")
    with contextlib.closing(connection):
        fill(connection.cursor(), "timestamptz" if kind == "postgresql" else "datetime")
        connection.commit()
    return url


def test_a_table_of_a_server_is_read_exactly(tmp_path, server):
    source = orders(files=server, sheet="relops_orders", columns={
        "ordered_at": "ordered_at", "amount": "amount", "customer_id": "customer_id", "order_id": "order_id",
        "remark": "remark"})
    door = Door(tmp_path, {}, source, period__timezone="UTC")
    found = door.rows("SELECT order_id, strftime(ordered_at, '%Y-%m-%d %H:%M:%S'), CAST(amount AS VARCHAR), "
                      "customer_id IS NULL, remark FROM orders ORDER BY ordered_at")
    assert found == [(order, time, f"{amount}00", customer is None, remark or None)
                     for order, time, amount, customer, remark in ROWS]
    assert door.audit.files[0].file == f"{server}#relops_orders"


def test_a_table_that_is_not_there_is_told_with_those_that_are(tmp_path, server):
    with pytest.raises(BadInput) as raised:
        Door(tmp_path, {}, orders(files=server, sheet="relops_absent"))
    assert raised.value.problems[0].code == "data.door.table"
    assert "relops_orders" in raised.value.problems[0].values["tables"]


def test_an_address_with_a_password_is_refused_without_showing_it(tmp_path):
    with pytest.raises(BadInput) as raised:
        Door(tmp_path, {}, orders(files="postgresql://me:hush-hush@localhost/shop"))
    assert raised.value.problems[0].code == "brief.password_in_address"
    for language in ("zh", "en"):
        said = raised.value.render(language)
        assert "hush-hush" not in said and "PGPASSWORD" in said


@contextlib.contextmanager
def listening(answer):
    """A server on this machine that answers what a client first says and hangs up; its port."""
    def serve():
        with contextlib.suppress(OSError), server.accept()[0] as client:
            answer(client)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def ask_scram(client):
    """Ask for a password as a PostgreSQL of today does."""
    if client.recv(4096)[4:8] == (80877103).to_bytes(4, "big"):  # may it be encrypted?
        client.sendall(b"N")
        client.recv(4096)
    body = (10).to_bytes(4, "big") + b"SCRAM-SHA-256\0\0"
    client.sendall(b"R" + (len(body) + 4).to_bytes(4, "big") + body)
    client.recv(4096)


def test_a_postgresql_that_wants_a_password_is_told_where_to_find_it(tmp_path, monkeypatch):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with listening(ask_scram) as port, pytest.raises(BadInput) as raised:
        Door(tmp_path, {}, orders(files=f"postgresql://lei@127.0.0.1:{port}/shop", sheet="o"))
    problem, = raised.value.problems
    assert problem.code == "data.door.server_password" and problem.place == f"postgresql://lei@127.0.0.1:{port}/shop"
    assert problem.values == {"user": "lei", "variable": "PGPASSWORD"}
    assert all("PGPASSWORD" in raised.value.render(language) for language in ("zh", "en"))


def test_a_mysql_that_wants_a_password_is_told_where_to_find_it(tmp_path, monkeypatch):
    def refuse(**_):
        raise pymysql.OperationalError(1045, "Access denied for user 'lei'@'localhost' (using password: NO)")

    monkeypatch.delenv("MYSQL_PWD", raising=False)
    monkeypatch.setattr(pymysql, "connect", refuse)
    with pytest.raises(BadInput) as raised:
        Door(tmp_path, {}, orders(files="mysql://lei@localhost/shop", sheet="o"))
    assert [(problem.code, problem.values) for problem in raised.value.problems] == [
        ("data.door.server_password", {"user": "lei", "variable": "MYSQL_PWD"})]


def test_an_address_with_a_faulty_port_is_told(tmp_path):
    with pytest.raises(BadInput) as raised:
        Door(tmp_path, {}, orders(files="mysql://lei@localhost:shop/x", sheet="o"))
    assert [problem.code for problem in raised.value.problems] == ["data.door.server"]


@pytest.mark.parametrize(("address", "shown"), [
    ("postgresql://lei:hush@host/db", "postgresql://lei@host/db"),
    ("mysql://lei:a/b:c@d@host:3306/db?ssl=1", "mysql://lei@host:3306/db"),
    ("postgresql://host:5432/db?password=hush", "postgresql://host:5432/db")])
def test_an_address_is_shown_without_its_password(address, shown):
    assert without_password(address) == shown
