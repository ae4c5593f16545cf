"""The site as a reader meets it: in a browser, from a file, without a network."""

import pytest
from handmade_run import RFM

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
pytestmark = pytest.mark.browser
PHONE = {"width": 375, "height": 812}
GROUPS = "[id='table-rfm.groups.table']"
PAGES = ["index.html", "plan-relationship.html", "plan-word-of-mouth.html"]


@pytest.fixture
def visit(browser, site):
    """Open a page from its file with every request but those for files refused; at the end, nothing may have
    gone wrong on it."""
    opened = []

    def open_page(name="index.html", place="", **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        page = context.new_page()
        faults = []
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else
                faults.append(request.url))
        context.set_offline(True)
        page.goto(f"{(site.folder / name).as_uri()}{place}")
        opened.append((context, faults))
        return page

    yield open_page
    for context, faults in opened:
        context.close()
        assert faults == []


def shown(page, words):
    return page.get_by_text(words, exact=False).locator("visible=true").count() > 0


def test_the_switch_changes_the_language_and_the_address_remembers_it(visit):
    page = visit()
    assert shown(page, "的客户购买过不止一次")
    assert not shown(page, "of customers bought more than once")
    page.get_by_role("button", name="English").click()
    assert shown(page, "of customers bought more than once")
    assert not shown(page, "的客户购买过不止一次")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title().endswith("Relationship and word-of-mouth operations report")
    assert page.url.endswith("#lang=en")
    assert page.get_by_role("button", name="English").get_attribute("aria-pressed") == "true"
    page.reload()
    assert shown(page, "of customers bought more than once")


def test_the_next_page_opens_in_the_language_chosen(visit):
    page = visit(place="#lang=en")
    page.locator("#files").get_by_role("link", name="Web page").first.click()
    page.wait_for_url("**/plan-relationship.html*")
    assert page.evaluate("document.documentElement.dataset.language") == "en"
    page.get_by_role("link", name="Back to the report").click()
    page.wait_for_url("**/index.html*")
    assert page.evaluate("document.documentElement.dataset.language") == "en"


def test_a_number_opens_its_evidence_and_escape_closes_it(visit):
    page = visit(place="#lang=en")
    number = page.locator(".findings a.number", has_text="40.1%").locator("visible=true")
    number.focus()
    page.keyboard.press("Enter")
    card = page.get_by_role("dialog")
    assert card.get_by_role("heading").inner_text() == "repeat rate"
    assert card.locator(".value").inner_text() == "40.1%"
    lines = dict(zip(card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts(), strict=True))
    assert lines == {
        "Id": "diagnosis.repeat_rate", "Unit": "per cent", "Interval": "95% interval 38.2% to 42.1%",
        "Cases (n)": "2,357", "Period": "1 Jan 1997 to 30 Sept 1997", "Filter": "at least one purchase day",
        "Kind of source": "D · data", "Computed in": "02_background_diagnosis cell-7",
        "Input file hashes": "ab12cd34ef56"}
    origin = card.get_by_role("link", name="02_background_diagnosis").get_attribute("href")
    assert origin == "notebooks/02_background_diagnosis.html#cell-id=cell-7&lang=en"
    page.keyboard.press("Escape")
    assert not card.is_visible()
    assert number.evaluate("element => element === document.activeElement")


def test_the_card_leads_to_the_full_list(visit):
    page = visit()
    page.locator(".findings a.number").locator("visible=true").first.click()
    page.get_by_role("link", name="在依据总表中查看").click()
    row = page.locator("[id='evidence-diagnosis.repeat_rate']")
    assert not page.get_by_role("dialog").is_visible()
    expect(row).to_be_in_viewport()
    expect(row).to_have_class("struck")


def test_a_plan_s_number_opens_the_same_card(visit):
    page = visit("plan-relationship.html")
    page.locator("a.number", has_text="40.1%").locator("visible=true").first.click()
    card = page.get_by_role("dialog")
    assert card.locator(".value").inner_text() == "40.1%"
    page.get_by_role("link", name="在依据总表中查看").click()
    page.wait_for_url("**/index.html#evidence-diagnosis.repeat_rate&lang=zh")
    assert page.locator("[id='evidence-diagnosis.repeat_rate']").is_visible()


def column(page, place):
    cells = page.locator(f"{GROUPS} tbody tr > :nth-child({place})")
    return [cell.strip() for cell in cells.all_inner_texts()]


def test_a_table_sorts_by_value_and_returns_to_its_order(visit):
    page = visit()
    heads = page.locator(f"{GROUPS} th")
    revenue = heads.nth(2)
    revenue.get_by_role("button").click()
    assert column(page, 3) == ["30,500", "9,000", "1,200", "—"]
    assert revenue.get_attribute("aria-sort") == "descending"
    revenue.get_by_role("button").click()
    assert column(page, 3) == ["1,200", "9,000", "30,500", "—"]  # what is absent stays last
    heads.nth(4).get_by_role("button").click()
    assert column(page, 5) == ["1997年1月2日", "1997年8月1日", "1997年9月30日", "—"]
    assert revenue.get_attribute("aria-sort") is None
    heads.nth(4).get_by_role("button").click()
    heads.nth(4).get_by_role("button").click()
    assert column(page, 2) == ["283", "95", "1,696", "30"]


def test_the_list_of_evidence_can_be_searched(visit):
    page = visit(place="#lang=en")
    page.get_by_text("Show all evidence").locator("visible=true").click()
    page.get_by_role("searchbox").fill("rfm.group.")
    visible = page.locator(".ledger tbody tr").locator("visible=true")
    found = visible.locator("code.id").all_inner_texts()
    assert found == ["rfm.group.loyal.customers", "rfm.group.riser.customers"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_phone_never_scrolls_sideways(visit, name, language):
    page = visit(name, f"#lang={language}", viewport=PHONE)
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.evaluate("scrollTo(50, 0)")
    assert page.evaluate("scrollX") == 0
    if name == "index.html":  # its wide table is whole, in a box of its own
        assert page.locator(f"{GROUPS} .box").evaluate("box => box.scrollWidth > box.clientWidth")


def test_contents_fold_away_on_a_phone_and_lead_to_a_chapter(visit):
    page = visit(place="#lang=en", viewport=PHONE)
    contents = page.get_by_role("navigation")
    assert not contents.get_by_role("link", name="Segments").is_visible()
    contents.get_by_role("button", name="Contents").click()
    contents.get_by_role("link", name="Segments").click()
    assert not contents.get_by_role("link", name="Segments").is_visible()
    expect(page.locator(f"#chapter-{RFM} h2")).to_be_in_viewport()
    assert page.url.endswith(f"#chapter-{RFM}&lang=en")


def test_the_first_screen_shows_the_answer(visit):
    for viewport in ({"width": 1280, "height": 900}, PHONE):
        page = visit(viewport=viewport)
        finding = page.locator("#read-first a.number", has_text="40.1%").locator("visible=true").first
        assert finding.bounding_box()["y"] < viewport["height"]


def test_a_page_denied_storage_still_switches(visit):
    page = visit()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied'); }})")
    page.reload()
    page.get_by_role("button", name="English").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.language") == "en"


def test_without_script_numbers_still_lead_to_their_evidence(visit):
    page = visit(java_script_enabled=False)
    page.locator(".findings a.number").locator("visible=true").first.click()
    assert page.locator("[id='evidence-diagnosis.repeat_rate']").is_visible()


def test_drawings_are_drawn_and_described(visit):
    page = visit(place="#lang=en")
    drawings = page.locator("figure [role=img]").locator("visible=true")
    assert drawings.count() == 2
    assert drawings.first.get_attribute("aria-label").startswith("Every number of the report is listed here.")
    assert drawings.first.locator("svg").bounding_box()["width"] > 500


def test_words_stand_out_enough_from_their_ground(visit):
    """WCAG AA: 4.5 to 1 for every colour of the palette that sets words on the ground it stands on."""
    page = visit()
    colours = page.evaluate("""() => Object.fromEntries(["ink", "soft", "accent", "warn", "paper", "wash",
      "accent-wash", "warn-wash"].map(name => [name,
      getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim()]))""")

    def light(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
        parts = [int(digits[place:place + 2], 16) / 255 for place in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for words, ground in (("ink", "paper"), ("soft", "paper"), ("soft", "wash"), ("accent", "paper"),
                          ("accent", "accent-wash"), ("warn", "warn-wash"), ("paper", "accent")):
        pair = sorted((light(colours[words]), light(colours[ground])))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (words, ground)


def test_paper_shows_the_text_and_not_the_controls(visit):
    page = visit()
    page.emulate_media(media="print")
    assert not page.locator(".switch").is_visible()
    assert not page.get_by_role("navigation").is_visible()
    assert page.locator("#read-first").is_visible()
    overflow = page.locator(f"{GROUPS} .box").evaluate("box => getComputedStyle(box).overflow")
    assert overflow == "visible"
