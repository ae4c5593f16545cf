import pytest

from relops.documents.model import (
    Document,
    Heading,
    LinkRun,
    OpenRun,
    Paragraph,
    TableBlock,
    UntracedNumber,
    evidence_ids,
    fill,
    structure,
    words,
)
from relops.exhibits import Run


@pytest.mark.parametrize("run", [
    Run("words", "留存 70%"), Run("words", "about 3 in four"), Run("words", "全角 ７"), Run("evidence", "7"),
    Run("brief", "7"), Run("rumour", "seven", "x"),
    OpenRun("brief", "〔待填〕", "goals", "lead", (Run("words", "by day 7"),))])
def test_a_number_without_a_source_cannot_enter_a_block(run):
    with pytest.raises(UntracedNumber):
        Paragraph("body", (run,))
    with pytest.raises(UntracedNumber):
        TableBlock("t", ((run,),), (), (False,))
    with pytest.raises(UntracedNumber):
        Heading(2, "R1.1", "", (run,))


def test_numbers_with_a_source_can():
    block = Paragraph("body", (Run("words", "复购率 "), Run("evidence", "40.1%", "diagnosis.repeat_rate"),
                               Run("brief", "+5 points", "goals[0].change"), structure(3),
                               LinkRun("structure", "4", None, "missing_4")))
    assert [run.text for run in block.runs()] == ["复购率 ", "40.1%", "+5 points", "3", "4"]


def test_header_and_footer_are_held_to_it_too():
    with pytest.raises(UntracedNumber):
        Document("relationship", "zh", (), (Run("words", "2026"),), (), "", "relops")


def test_a_message_is_filled_with_runs_in_the_word_order_of_each_language():
    runs = fill("documents.missing.pointer", "zh", items=structure("3"))
    assert [run.text for run in runs] == ["本节所缺见附录 K 第 ", "3", " 项。"]
    with pytest.raises(KeyError):
        fill("documents.missing.pointer", "en")


def test_evidence_is_listed_block_by_block_whatever_the_word_order():
    one = Paragraph("body", (Run("evidence", "1", "rfm.b"), Run("evidence", "2", "rfm.a"), structure(9)))
    two = Paragraph("body", (Run("evidence", "3", "rfm.c"), Run("evidence", "3", "rfm.c")))
    assert evidence_ids([two, one]) == ["rfm.c", "rfm.a", "rfm.b"]


def test_words_take_their_text_from_messages():
    assert words("documents.appendix.K", "en").text == "What this plan cannot say yet"
