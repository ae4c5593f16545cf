"""Known exports by their headers, and the form a recogniser must have."""

import pytest
import yaml

from relops.brief import Brief
from relops.data.contract import contract
from relops.data.recognise import BASES, known_recognisers, read_recognisers, recognise
from relops.errors import BadInput

YOUZAN = ["订单号", "订单状态", "订单创建时间", "买家付款时间", "交易成功时间", "买家昵称", "买家手机号",
          "全部商品名称", "商品种类数"]


@pytest.mark.parametrize("known", known_recognisers(), ids=lambda known: known.place)
def test_every_recogniser_makes_a_valid_source_from_its_own_headers(known):
    asked = ["1、Would you recommend us?"] if known.questions else []
    names = [name for choice in known.needed for name in choice] + list(known.telling) + asked
    found = recognise(names, known_recognisers())
    assert found is not None and found.recogniser is known
    settings = {"client": {"name": "x"}, "finance": {"currency": "CNY"}, "period": {"timezone": "UTC"}}
    told = {key: value for key, value in found.source.items() if value != "auto"}  # told by the data
    brief = Brief.model_validate(settings | {"data": {"sources": [told | {"files": "x.csv"}]}})
    columns = brief.data.sources[0].columns
    supplied = {"customer_id", "kind"} | ({"ordered_at", "amount"} if known.place == "taobao_lines.yaml" else set())
    assert set(contract()[found.source["table"]].required()) <= set(columns) | supplied
    assert set(known.stated) <= set(BASES)


def test_the_variants_of_one_export_are_one_recogniser():
    paid, received = (recognise([*YOUZAN, amount], known_recognisers()) for amount in ("订单实付金额", "订单实收金额"))
    assert paid.recogniser is received.recogniser
    assert paid.source["columns"]["amount"] == "订单实付金额"
    assert received.source["columns"]["amount"] == "订单实收金额"
    assert list(paid.bases["time"]) == ["paid", "created", "completed"]
    paid.choose("time", "created")
    assert paid.source["columns"]["ordered_at"] == "订单创建时间"


def test_headers_are_written_as_the_file_writes_them():
    found = recognise([name + " " for name in [*YOUZAN, "订单实付金额"]], known_recognisers())
    assert found.source["columns"]["order_id"] == "订单号 "
    assert found.source["columns"]["ordered_at"] == {"sql": 'COALESCE("买家付款时间 ", "订单创建时间 ")'}


def test_too_few_telling_headers_are_no_recognition():
    assert recognise(["订单号", "订单状态", "订单创建时间", "订单实付金额", "买家昵称"], known_recognisers()) is None


def test_a_list_that_asks_nothing_is_no_survey():
    assert recognise(["Timestamp", "Email Address", "City"], known_recognisers()) is None
    found = recognise(["Timestamp", "Email Address", "How likely are you to recommend us?"], known_recognisers())
    assert found.recogniser.place == "other_surveys.yaml"


def test_a_recogniser_of_ones_own(tmp_path):
    path = tmp_path / "till.yaml"
    path.write_text(yaml.safe_dump({
        "name": "Till", "headers": {"all": ["Slip", "When"]},
        "source": {"table": "orders", "columns": {"ordered_at": "When", "amount": ["Net", {"sql": "Gross - Tax"}]}}}),
        encoding="utf-8")
    own = read_recognisers([path])
    assert recognise(["Slip", "When", "Net"], own).source["columns"] == {"ordered_at": "When", "amount": "Net"}
    assert recognise(["slip", "When", "Gross", "Tax"], own).source["columns"]["amount"] == {"sql": "Gross - Tax"}


@pytest.mark.parametrize(("text", "said"), [
    ("- a\n", "headers"), ("headers: {all: [a]}\nsource: {table: sales, columns: {amount: b}}\n", "source.table"),
    ("headers: {all: [a]}\nsource: {table: orders, columns: {amount: {sql: 'a +'}}}\n", "source.columns.amount"),
    ("headers: {all: [a]}\nquestions: '('\nsource: {table: feedback, columns: {given_at: b}}\n", "questions"),
    ("headers: {all: [a]}\ncolour: red\nsource: {table: orders, columns: {amount: b}}\n", "colour"), ("a: [", "flow"),
])
def test_a_faulty_recogniser_is_told_with_its_place(tmp_path, text, said):
    path = tmp_path / "faulty.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_recognisers([path])
    assert all(problem.place == str(path) for problem in caught.value.problems)
    assert all(said in caught.value.render(language) for language in ("zh", "en"))
