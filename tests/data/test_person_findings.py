"""Sentences on who is known, who was joined, and what a survey's cells held."""

from dataclasses import replace

import pytest
from door_project import orders

from relops.data.person_findings import answer_exhibits, known_exhibits
from relops.exhibits import Finding, Missing, plain, render_finding
from relops.locale import LANGUAGES

FILES = {"o.csv": "date,amount,customer,phone\n2025-01-01,30,c1,13812345678\n2025-01-02,10,,\n",
         "w.csv": "date,amount,phone\n2025-02-01,60,138****5678\n",
         "s.csv": "day,q1\n2025-02-01,9\n2025-02-02,-3\n"}


@pytest.fixture
def audit(door):
    web = {"table": "orders", "files": "data/w.csv", "columns": {"ordered_at": "date", "amount": "amount"}}
    survey = {"table": "feedback", "files": "data/s.csv", "columns": {"given_at": "day"}, "unpivot": {"q1": "nps"}}
    return door(FILES, orders(files="data/o.csv"), web, survey,
                data__identity={"orders": ["customer_id", "phone"]}).audit


def test_who_is_known(audit):
    known, joined, missing, table = known_exhibits(audit, "CNY")
    assert {name: record.value for name, record in known.numbers.items()} == {
        "share": 0.3, "known": 30.0, "sources": 2, "nobody": 1}
    assert known.message == "data.finding.known.without" and joined.message == "data.finding.joined.settled"
    assert (missing.id, missing.code, missing.numbers["orders"].value) == ("data.identity.source_2.missing", "M1", 1)
    assert isinstance(missing, Missing)
    assert list(table.frame["known"]) == [1, 0, 0]


def test_sentences_stand_in_both_languages(audit):
    held = replace(audit, identity=replace(audit.identity, held=2))
    said = [*known_exhibits(audit, "CNY"), *known_exhibits(held, "CNY"), *answer_exhibits(audit)]
    sentences = [plain(render_finding(one, language)) for one in said if isinstance(one, Finding)
                 for language in LANGUAGES]
    assert len(sentences) == 10 and any("identity-merges.csv" in sentence for sentence in sentences)


def test_what_a_survey_held(audit):
    finding, table = answer_exhibits(audit)
    assert {name: record.value for name, record in finding.numbers.items()} == {
        "answered": 1, "skipped": 1, "blank": 0, "unread": 0, "questions": 1}
    assert list(table.frame["question"]) == ["q1"]
