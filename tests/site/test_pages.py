"""What stands in the pages, read as text: nothing foreign, dangling or private; both languages."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from handmade_run import DIAGNOSIS, HOSTILE, PERSON, RECORD, RFM, hand_made, make_project

from relops.documents.outline import load_outline
from relops.suite.site import build_site

GROUPS = '<div class="exhibit" id="table-rfm.groups.table">.*?</table>'
PAGES = ("index.html", "plan-relationship.html", "plan-word-of-mouth.html")


class Reader(HTMLParser):
    """Collects what a test asks of a page."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.links, self.attributes, self.tags = [], [], [], []
        self.bodies = {"style": [], "script": []}
        self.inside = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src")]
        self.inside = tag if tag in self.bodies else None
        if self.inside:
            self.bodies[tag].append("")

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.bodies[self.inside][-1] += data


@pytest.fixture(params=PAGES)
def page(request, site):
    return site.pages[request.param]


def part_of(page, pattern):
    """The first stretch of a page that fits a pattern."""
    return re.search(f"(?s){pattern}", page)[0]


def text_of(page):
    """A page's words, markup and style and script left out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", re.sub(r"(?s)<(style|script)>.*?</\1>", "", page)))


def row_of(page, evidence_id):
    """The ledger's row of one record, as text."""
    return text_of(re.search(rf'(?s)<tr id="evidence-{re.escape(evidence_id)}">.*?</tr>', page)[0])


def test_every_page_is_written(site):
    assert set(PAGES) <= set(site.pages)
    assert site.index == site.folder / "index.html"


def test_nothing_is_fetched_from_anywhere(page):
    assert not re.search(r"https?:|\burl\((?!#)|@import|<link|<iframe|<object|srcset", page)
    for link in Reader(page).links:
        assert link.startswith(("#", "data:image/png")) or ":" not in link


def test_the_policy_names_the_page_s_own_style_and_script_only(page):
    read = Reader(page)
    policy = next(value for name, value in read.attributes if name == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        (body,) = read.bodies[kind]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not [name for name, _ in read.attributes if name == "style" or name.startswith("on")]


def test_every_link_leads_somewhere_and_no_id_stands_twice(site, page):
    read = Reader(page)
    assert len(read.ids) == len(set(read.ids))
    for link in read.links:
        file, _, place = link.partition("#")
        if not file and place:
            assert unquote(place.split("&")[0]) in read.ids, link
        elif not link.startswith("data:"):
            assert (site.folder / unquote(file)).exists(), link


def test_what_the_client_wrote_never_becomes_markup(page):
    read = Reader(page)
    assert HOSTILE not in page
    assert read.tags.count("script") == 1
    assert not [value for name, value in read.attributes if name == "src" and value == "x"]


def test_a_hostile_cell_and_client_name_are_shown_as_they_are(site):
    page = site.pages["index.html"]
    assert "示例公司 &lt;script&gt;alert(&#34;x&#34;)" in page
    table = part_of(page, GROUPS)
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;&amp;&#39;" in table
    assert ">@home<" in table


def test_nothing_of_a_refused_row_but_reason_and_count(site, page):
    assert PERSON not in page
    refused = text_of(part_of(site.pages["index.html"], '<section id="refused">.*?</section>'))
    assert "orders日期读不出the date cannot be read1,234" in refused


def test_both_languages_stand_in_the_page(site):
    text = text_of(site.pages["index.html"])
    assert "40.1% 的客户购买过不止一次（95% 区间 38.2% 至 42.1%，样本量 2,357）" in text
    assert "40.1% of customers bought more than once (95% interval 38.2% to 42.1%, n = 2,357)" in text
    assert "背景诊断Background" in text


def test_a_report_in_one_language_holds_no_other(tmp_path):
    exhibits = hand_made(tmp_path, languages=("zh",))
    page = build_site(tmp_path, make_project(tmp_path / "project", languages="[zh]"), exhibits, RECORD)
    content = page.read_text(encoding="utf-8")
    assert 'lang="en"' not in content
    assert 'class="switch"' not in content
    assert "Read this first" not in content
    assert "先读这一页" in content


def test_a_plan_that_the_brief_leaves_out_has_no_page(tmp_path):
    exhibits = hand_made(tmp_path)
    project = make_project(tmp_path / "project", languages="[zh, en], outline: R")
    page = build_site(tmp_path, project, exhibits, RECORD).read_text(encoding="utf-8")
    assert (tmp_path / "plan-relationship.html").exists()
    assert not (tmp_path / "plan-word-of-mouth.html").exists()
    assert "plan-word-of-mouth" not in page


def test_the_ledger_holds_every_record_with_all_that_makes_it_checkable(site):
    page = site.pages["index.html"]
    for evidence_id in site.exhibits.evidence:
        assert f'<tr id="evidence-{evidence_id.replace(":", "-")}">' in page
    row = row_of(page, "diagnosis.repeat_rate")
    for part in ("40.1%", "95% 区间 38.2% 至 42.1%", "2,357", "1997年1月1日 至 1997年9月30日", "D · 数据",
                 "1 Jan 1997 to 30 Sept 1997", "at least one purchase day", "cell-7", "ab12cd34ef56"):
        assert part in row
    assert f'href="notebooks/{DIAGNOSIS}.html#cell-id=cell-7" data-page>' in page


def test_a_suppressed_count_is_said_to_be_suppressed(site):
    row = row_of(site.pages["index.html"], "rfm.group.riser.customers")
    assert "人数过少，不列示" in row
    assert " 4 " not in row


def test_a_plan_holds_the_records_it_cites_and_no_others(site):
    page = site.pages["plan-relationship.html"]
    assert 'id="evidence-rfm.groups.table"' in page
    assert 'id="evidence-rfm.group.loyal.customers"' not in page


@pytest.mark.parametrize("which", ["relationship", "word_of_mouth"])
def test_a_plan_s_page_holds_every_heading_in_both_languages(site, which):
    page = site.pages[f"plan-{which.replace('_', '-')}.html"]
    outline = load_outline(which)
    assert len(outline.sections) >= 29
    for section in outline.sections:
        for language in ("zh", "en"):
            heading = re.search(rf'<h\d id="{language}-{re.escape(section.id)}">(.*?)</h\d>', page)[1]
            assert section.title[language] in text_of(heading).replace("&amp;", "&").replace("&#39;", "'")


def test_tables_sort_by_values_and_show_formatted_ones(site):
    table = part_of(site.pages["index.html"], GROUPS)
    assert '<td class="n" data-value="30500.5">30,500</td>' in table
    assert '<td class="n" data-value="0.7196">72.0%</td>' in table
    assert '<td class="n" data-value="">—</td>' in table
    assert '<td class="s" data-value="1997-09-30"><span lang="zh-CN">1997年9月30日</span>' in table


def test_a_table_offers_its_file_to_the_readers_of_each_language(site):
    page = site.pages["index.html"]
    assert '<a href="tables/rfm.groups.table.zh.csv" download lang="zh-CN">' in page
    assert '<a href="tables/rfm.groups.table.en.csv" download lang="en">' in page


def test_chapters_follow_the_run_and_an_empty_one_says_so(site):
    page = site.pages["index.html"]
    chapters = re.findall(r'<section id="chapter-([^"]+)">', page)
    assert chapters == [DIAGNOSIS, RFM, "09_nothing_to_say"]
    assert "本章没有可陈述的结果" in page.split('<section id="chapter-09')[1].split("</section>")[0]


def test_a_chapter_follows_its_notebook_s_headings_sentence_before_picture(site):
    chapter = site.pages["index.html"].split(f'<section id="chapter-{DIAGNOSIS}">')[1].split("</section>")[0]
    stations = re.findall(r'<h3>.*?</h3>|<li id="[^"]+"|<figure id="[^"]+"', chapter)
    assert [text_of(stations[0]), *stations[1:3], text_of(stations[3]), *stations[4:]] == [
        "收入 由谁 带来Who brings revenue", '<li id="finding-diagnosis.repeat_rate.finding"',
        '<figure id="figure-diagnosis.lorenz.figure"', "其后What follows",
        '<figure id="figure-diagnosis.monthly.figure"']
    assert f'href="notebooks/{DIAGNOSIS}.html#cell-id=cell-5"' in stations[0]


def test_values_stand_out_and_intervals_stand_back(site):
    link = '<a class="{}" href="#evidence-diagnosis.repeat_rate" aria-haspopup="dialog">{}</a>'
    for page in (site.pages["index.html"], site.pages["plan-relationship.html"]):
        assert link.format("number", "40.1%") in page
        assert link.format("number beside", "95% interval 38.2% to 42.1%") in page
        assert link.format("number beside", "2,357") in page


def test_what_is_missing_is_listed_with_its_code_and_field(site):
    missing = text_of(part_of(site.pages["index.html"], '<section id="missing">.*?</section>'))
    assert "M1 · 未提供not supplied" in missing
    assert "referrals.referrer_id" in missing


def test_the_record_tells_versions_parameters_durations_and_checks(site):
    record = text_of(part_of(site.pages["index.html"], '<section id="record">.*?</section>'))
    for part in ("19971001-080000", "12.5 秒12.5 s", "03_rfm_segments.bins5",
                 "rfm.r1_days77（1997-09-01，运行 19970901-080000）",
                 "pandas3.1.1", "通过holds", "未通过：ordersfails: orders"):
        assert part in record


def test_the_same_run_gives_the_same_pages(site, tmp_path):
    exhibits = hand_made(tmp_path)
    build_site(tmp_path, make_project(tmp_path / "project"), exhibits, RECORD)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == site.pages["index.html"]
