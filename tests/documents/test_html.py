from html.parser import HTMLParser

import pytest

from relops.documents import document_model, html, read_first
from relops.documents.model import Paragraph, UntracedNumber
from relops.documents.outline import load_outline
from relops.exhibits import Run

VOID = {"img", "br"}


class Reader(HTMLParser):
    """Collects elements, and checks that each is closed where it belongs."""

    def __init__(self, fragment):
        super().__init__()
        self.open, self.elements = [], []
        self.feed(fragment)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module", params=["zh", "en"])
def page(request, filled, exhibits, record):
    model = document_model("relationship", request.param, filled, exhibits, record)
    return request.param, model, html.render(model)


def test_every_heading_has_its_anchor_and_level(page):
    anchors = {attrs["id"]: tag for tag, attrs in Reader(page[2]).elements if "id" in attrs}
    for spec in load_outline("relationship").headings:
        assert anchors[spec.id] == f"h{spec.level + 1}"


def test_numbers_name_their_evidence_and_the_brief_its_path(page):
    spans = [attrs for tag, attrs in Reader(page[2]).elements if tag == "span"]
    cited = {attrs["data-id"] for attrs in spans if attrs.get("class") == "evidence"}
    assert cited == set(page[1].evidence_ids())
    assert "goals[0].change" in {attrs.get("data-path") for attrs in spans}


def test_links_within_the_page_lead_somewhere(page):
    elements = Reader(page[2]).elements
    anchors = {attrs["id"] for _, attrs in elements if "id" in attrs}
    targets = {attrs["href"][1:] for tag, attrs in elements if tag == "a"}
    assert targets <= anchors
    assert any(target.startswith("missing_") for target in targets)


def test_figures_are_embedded_with_their_description(page):
    figures = [attrs for tag, attrs in Reader(page[2]).elements if tag == "img"]
    assert len(figures) == 1
    assert figures[0]["src"].startswith("data:image/svg+xml;base64,")
    assert "12.0%" in figures[0]["alt"]


def test_a_site_may_draw_figures_its_own_way(filled, exhibits, record):
    model = document_model("relationship", "en", filled, exhibits, record)
    assert '<svg data-own="rfm.groups.figure">' in html.render(
        model, figure=lambda block: f'<svg data-own="{block.id}"></svg>')


def test_text_of_the_client_is_escaped():
    run = Run("brief", "<script>alert(1)</script>", 'x"y')
    fragment = html.render([Paragraph("body", (run,))])
    assert fragment == ('<p class="body"><span class="brief" data-path="x&#34;y">&lt;script&gt;alert(1)'
                        "&lt;/script&gt;</span></p>")


def test_items_become_one_list():
    blocks = [Paragraph("item", (Run("words", text),)) for text in ("a", "b")]
    assert html.render(blocks) == "<ul><li>a</li><li>b</li></ul>"


def test_page_one_renders_alone(filled, exhibits, record):
    fragment = html.render(read_first("zh", filled, exhibits, record))
    assert fragment.startswith("<h3>数据与口径</h3>")
    Reader(fragment)


def test_a_number_without_a_source_is_refused():
    block = Paragraph("body", (Run("words", "fine"),))
    object.__setattr__(block, "content", (Run("words", "37 percent"),))
    with pytest.raises(UntracedNumber):
        html.render([block])
