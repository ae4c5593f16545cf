"""The written files, opened again."""

import re
import time
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import docx
import pytest
from conftest import FILLED, make_project
from docx.oxml.ns import qn

from relops.documents import build, document_model, word
from relops.documents.gate import check_file, check_languages, numbers_in, read_back
from relops.documents.model import FigureBlock, Paragraph, UntracedNumber
from relops.documents.outline import load_outline
from relops.exhibits import Run

FILES = {"relationship": "plan-relationship", "word_of_mouth": "plan-word-of-mouth"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, filled, exhibits, record):
    folder = tmp_path_factory.mktemp("run")
    build(folder, filled, exhibits, record)
    return folder


@pytest.fixture(scope="module", params=[(which, language) for which in FILES for language in ("zh", "en")],
                ids=lambda pair: "-".join(pair))
def written(request, folder):
    which, language = request.param
    path = folder / f"{FILES[which]}.{language}.docx"
    return which, language, path, docx.Document(str(path))


def test_four_files_are_written(folder):
    assert sorted(path.name for path in folder.glob("*.docx")) == [
        f"{stem}.{language}.docx" for stem in sorted(FILES.values()) for language in ("en", "zh")]


def test_the_brief_chooses_the_plans(tmp_path, exhibits, record):
    project = make_project(tmp_path, FILLED.replace("meta: {", "meta: {outline: W, languages: [en], "))
    names = [path.name for path in build(tmp_path, project, exhibits, record)]
    assert names == ["plan-word-of-mouth.en.docx"]


def test_every_heading_has_a_heading_style_its_number_and_a_bookmark(written):
    which, language, path, document = written
    outline = load_outline(which)
    headings = [p.text for p in document.paragraphs if re.fullmatch(r"Heading [123]", p.style.name)]
    expected = []
    for spec in outline.headings:
        number = outline.number(spec, "as_outline", language)
        expected.append(f"{number}{'' if number.endswith('、') else ' '}{spec.title[language]}")
    assert [text for text in headings if text in expected] == expected
    levels = {p.text: p.style.name for p in document.paragraphs if p.style.name.startswith("Heading")}
    for text, spec in zip(expected, outline.headings, strict=True):
        assert levels[text] == f"Heading {spec.level}"
    assert {spec.id.replace(".", "_") for spec in outline.headings} <= read_back(path).bookmarks


def test_styles_name_a_font_for_each_script(written):
    _, language, _, document = written
    for name in ("Normal", "Heading 1", "Heading 2", "Action Title", "Table Text", "Table Head", "toc 1"):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in ("宋体", "黑体"), name
        assert fonts.get(qn("w:ascii")) in ("Times New Roman", "Arial"), name
        assert fonts.get(qn("w:asciiTheme")) is None
    assert document.styles["Normal"].element.rPr.rFonts.get(qn("w:ascii")) == (
        "Times New Roman" if language == "zh" else "Arial")


def test_tables_repeat_their_header_and_never_tear_a_row(written):
    document = written[3]
    captioned = [table for table in document.tables if len(table.rows) > 1 and table._tbl.tr_lst[0].findall(
        f".//{qn('w:tblHeader')}")]
    assert len(captioned) >= len(document.tables) - 1  # all but the cover
    for table in document.tables:
        assert table.style.name == "Exhibit Table"
        assert all(row.findall(f".//{qn('w:cantSplit')}") for row in table._tbl.tr_lst)
        widths = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]
        assert sum(widths) == 9071
        assert min(widths) > 300


def test_cells_are_those_of_the_store(written):
    _, language, _, document = written
    name = {"zh": "忠诚者", "en": "Loyal"}[language]
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert [name, "283"] in cells


def instructions(path):
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    return ["".join(node.itertext()).strip() for node in root.iter(qn("w:instrText"))]


def test_contents_and_captions_are_fields(written):
    _, language, path, document = written
    fields = instructions(path)
    assert fields[0] == r'TOC \o "1-3" \h \z \u'
    assert r'TOC \h \z \c "table"' in fields
    captions = [p.text for p in document.paragraphs if p.style.name == "Table Caption"]
    tables = [field for field in fields if field.startswith("SEQ table")]
    assert len(captions) == len(tables) > 10
    assert re.match(r"表1-1 " if language == "zh" else "Table 1-1 ", captions[0])
    chapters = {re.search(r"([\dA-Z]+)-", caption)[1] for caption in captions}
    assert sum(field.endswith(r"\r 1") for field in tables) == len(chapters)
    assert document.settings.element.find(qn("w:updateFields")).get(qn("w:val")) == "true"


def test_contents_list_every_heading_before_word_updates_them(written):
    which, language, _, document = written
    listed = [p.text for p in document.paragraphs if p.style.name.startswith("toc ")]
    assert load_outline(which).sections[-1].title[language] in listed[-6]
    assert len(listed) == len(load_outline(which).headings) + 7


def test_figures_carry_their_description_and_fill_the_page(written):
    document = written[3]
    assert len(document.inline_shapes) == 1
    figure = document.inline_shapes[0]
    assert "12.0%" in figure._inline.docPr.get("descr")
    assert figure._inline.docPr.get("name") == "rfm.groups.figure"
    assert figure.width.cm == pytest.approx(16, abs=0.01)


def test_open_fields_are_comments_to_their_owner_each_once(written):
    which, language, _, document = written
    comments = [comment.text for comment in document.comments]
    assert len(comments) == len(set(comments)) > 10
    owner = {"zh": "客户体验负责人", "en": "the head of customer experience"}[language]
    if which == "word_of_mouth":
        assert any(owner in text and "touchpoints" in text for text in comments)
    assert any("会员运营" in text for text in comments)
    assert all(comment.author == "relops" for comment in document.comments)


def test_header_and_footer_name_client_status_and_page(written):
    _, language, _, document = written
    section = document.sections[0]
    assert section.different_first_page_header_footer
    assert "示例公司" in section.header.paragraphs[0].text
    footer = section.footer.paragraphs[0]
    assert {"zh": "草稿", "en": "DRAFT"}[language] in footer.text
    fields = [node.text.strip() for node in footer._p.iter(qn("w:instrText"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_links_lead_to_bookmarks_that_exist(written):
    path = written[2]
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    targets = {node.get(qn("w:anchor")) for node in root.iter(qn("w:hyperlink"))}
    assert len(targets) > 60
    assert targets <= read_back(path).bookmarks


def test_bookmarks_have_one_id_and_one_name_each(written):
    with zipfile.ZipFile(written[2]) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    marks = [(node.get(qn("w:id")), node.get(qn("w:name"))) for node in root.iter(qn("w:bookmarkStart"))]
    assert len({mark for mark, _ in marks}) == len({name for _, name in marks}) == len(marks)
    assert all(re.fullmatch(r"[A-Za-z]\w{0,39}", name) for _, name in marks)


def test_the_same_input_gives_the_same_bytes(tmp_path, folder, filled, exhibits, record):
    time.sleep(2.1)  # a zip's clock ticks every two seconds
    for path in build(tmp_path, filled, exhibits, record):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_properties_hold_title_date_and_no_trace_of_a_template(written):
    which, language, path, document = written
    core = document.core_properties
    assert core.title == load_outline(which).title[language]
    assert core.created.date().isoformat() == core.modified.date().isoformat() == "2026-03-01"
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if "thumbnail" in name]


# the gate ---------------------------------------------------------------------------------------------------
def tamper(path, target, old, new):
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as altered:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode(), 1)
            altered.writestr(name, content)


@pytest.fixture
def english(folder, filled, exhibits, record):
    model = document_model("relationship", "en", filled, exhibits, record)
    return folder / "plan-relationship.en.docx", model


def test_the_gate_finds_a_number_that_no_code_computed(tmp_path, english):
    path, model = english
    check_file(path, model)
    tamper(path, tmp_path / "x.docx", "Purchases after", "About 37% of purchases after")
    with pytest.raises(UntracedNumber, match="37"):
        check_file(tmp_path / "x.docx", model)


def test_the_gate_finds_a_number_more_though_it_stands_elsewhere(tmp_path, english):
    path, model = english
    tamper(path, tmp_path / "x.docx", ">Limits: <", ">Limits: 283 <")
    with pytest.raises(UntracedNumber, match="283"):
        check_file(tmp_path / "x.docx", model)


def test_the_gate_finds_an_altered_number_in_a_table(tmp_path, english):
    path, model = english
    tamper(path, tmp_path / "x.docx", ">283<", ">284<")
    with pytest.raises(UntracedNumber, match="284"):
        check_file(tmp_path / "x.docx", model)


def test_the_gate_finds_an_absent_heading(tmp_path, english):
    path, model = english
    tamper(path, tmp_path / "x.docx", 'w:name="R5b_2"', 'w:name="gone"')
    with pytest.raises(UntracedNumber, match=r"R5b\.2"):
        check_file(tmp_path / "x.docx", model)


def test_the_gate_finds_languages_that_rest_on_different_evidence(filled, exhibits, record):
    zh = document_model("relationship", "zh", filled, exhibits, record)
    more = (*zh.blocks, Paragraph("body", (Run("evidence", "1", "rfm.r1_days"),)))
    en = replace(zh, language="en", blocks=more)
    with pytest.raises(UntracedNumber, match=r"evidence differ.*rfm\.r1_days"):
        check_languages([zh, en])
    check_languages([zh, zh])


def test_the_gate_reads_comments_footers_and_descriptions(folder):
    texts = read_back(folder / "plan-relationship.en.docx").stretches
    assert any("For the head of finance" in text for text in texts)
    assert any("Page" in text for text in texts)
    assert any("loyal customers are 12.0%" in text for text in texts)


@pytest.mark.parametrize(("text", "numbers"), [
    ("40.1%（95% 区间 38.2% 至 42.1%）", ("40.1", "95", "38.2", "42.1")), ("CNY 1,500,000.", ("1,500,000",)),
    ("表3-1", ("3", "1")), ("none", ())])
def test_numbers_are_read_as_printed(text, numbers):
    assert numbers_in(text) == numbers


def test_a_caption_that_begins_with_a_number_passes_the_gate(tmp_path, filled, exhibits, record):
    model = document_model("relationship", "zh", filled, exhibits, record)
    figure = next(block for block in model.blocks if isinstance(block, FigureBlock))
    title = (Run("evidence", "80.3%", "rfm.gaps.within_active"), Run("words", "的购买间隔不长"))
    renamed = replace(figure, caption=replace(figure.caption, title=title))
    model = replace(model, blocks=tuple(renamed if block is figure else block for block in model.blocks))
    check_file(word.write(model, tmp_path / "x.docx"), model)


def test_the_writer_refuses_what_slipped_past_a_block(tmp_path, filled, exhibits, record):
    model = document_model("relationship", "en", filled, exhibits, record)
    block = Paragraph("body", (Run("words", "fine"),))
    object.__setattr__(block, "content", (Run("words", "37 percent"),))
    forged = replace(model, blocks=(block,))
    with pytest.raises(UntracedNumber, match="37"):
        word.write(forged, tmp_path / "x.docx")
    assert not (tmp_path / "x.docx").exists()
