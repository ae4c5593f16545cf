"""How the Word files look: real styles with fonts for both scripts, page, header, footer, table style."""

from __future__ import annotations

import datetime

from docx import Document as new_package
from docx.document import Document as Package
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import BaseStyle

from relops.documents.word_xml import element

INK, ACCENT, SOFT, WARN = "1A1A1A", "1F3A5F", "6B6B6B", "9C4A00"
HEAD_FILL = "E9EEF5"
TABLE_STYLE = "ExhibitTable"
# Latin for digits and words, East Asian for characters; named fonts that Word and WPS bring along
FONTS = {
    "zh": {"body": ("Times New Roman", "宋体"), "head": ("Arial", "黑体")},
    "en": {"body": ("Arial", "宋体"), "head": ("Arial", "黑体")},
}
BODY_PT = {"zh": 10.5, "en": 10}
NO_DATE = datetime.datetime(2000, 1, 1)

# style -> (font, points relative to the body, bold, colour, space before, space after, based on)
PARAGRAPHS = {
    "Cover Title": ("head", 17.5, True, ACCENT, 6, 48),
    "Cover Line": ("head", 5.5, False, SOFT, 150, 6),
    "Lead": ("head", 1, True, ACCENT, 9, 2),
    "Action Title": ("head", 0.5, True, ACCENT, 2, 5),
    "Evidence Line": ("body", -2.5, False, SOFT, 4, 3),
    "Limits": ("body", -1.5, False, SOFT, 0, 4),
    "Missing": ("body", -1, False, WARN, 2, 6),
    "Note": ("body", -2, False, SOFT, 2, 6),
    "After Table": ("body", -7, False, INK, 0, 3),
    "Table Caption": ("head", -1, False, INK, 9, 3),
    "Figure Caption": ("head", -1, False, INK, 3, 8),
    "Figure Place": ("body", 0, False, INK, 8, 0),
    "Table Head": ("head", -1.5, True, ACCENT, 2, 2),
    "Table Text": ("body", -1.5, False, INK, 2, 2),
    "Table Text Small": ("body", -3, False, INK, 1, 1),
    "Table Head Small": ("head", -3, True, ACCENT, 1, 1),
    "Contents Title": ("head", 3.5, True, ACCENT, 12, 6),
}
HEADINGS = {1: (6, 22, 8), 2: (3, 16, 5), 3: (1.5, 12, 4)}
CHARACTERS = {"Tag": (SOFT, -2.5, False), "Open Field": (WARN, 0, True)}
TIGHT = {"Table Text": 1.1, "Table Head": 1.1, "Table Text Small": 1.05, "Table Head Small": 1.05,
         "Evidence Line": 1.2, "Note": 1.2, "After Table": 1.0}
KEPT_WITH_NEXT = ("Action Title", "Lead", "Table Caption", "Figure Place", "Contents Title")


def style_id(name: str) -> str:
    """Return the id under which a style is used in the text."""
    return name.replace(" ", "")


def blank_document(language: str) -> Package:
    """Return an empty A4 document with all styles of the plans."""
    document = new_package()
    _drop_thumbnail(document)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(2.5))
    section.header_distance = section.footer_distance = Cm(1.25)
    section.different_first_page_header_footer = True
    _defaults(document, language)
    _paragraph_styles(document, language)
    _contents_styles(document, language)
    for name, (colour, size, bold) in CHARACTERS.items():
        style = document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        style.font.color.rgb, style.font.bold = RGBColor.from_string(colour), bold or None
        if size:
            style.font.size = Pt(BODY_PT[language] + size)
    document.styles.element.append(_table_style())
    _settings(document)
    return document


def _drop_thumbnail(document: Package) -> None:
    """Take out the picture of python-docx's own template."""
    relations = document.part.package.rels
    for key in [key for key, rel in relations.items() if rel.reltype.endswith("/thumbnail")]:
        del relations[key]


def _fonts(style: BaseStyle, language: str, role: str) -> None:
    latin, asian = FONTS[language][role]
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for attribute, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", asian)):
        fonts.set(qn(f"w:{attribute}"), name)
    if language == "zh":
        fonts.set(qn("w:hint"), "eastAsia")  # quotation marks and dashes in the Chinese face


def _defaults(document: Package, language: str) -> None:
    """Set the document's default fonts and languages; the template's point to a theme instead."""
    run = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    latin, asian = FONTS[language]["body"]
    for child in list(run):
        if child.tag in (qn("w:rFonts"), qn("w:lang")):
            run.remove(child)
    run.insert(0, element("rFonts", ascii=latin, hAnsi=latin, cs=latin, eastAsia=asian))
    run.append(element("lang", val="en-GB", eastAsia="zh-CN", bidi="ar-SA"))


def _paragraph_styles(document: Package, language: str) -> None:
    size = BODY_PT[language]
    normal = document.styles["Normal"]
    _fonts(normal, language, "body")
    normal.font.size, normal.font.color.rgb = Pt(size), RGBColor.from_string(INK)
    normal.paragraph_format.line_spacing = 1.4 if language == "zh" else 1.25
    normal.paragraph_format.space_after = Pt(6)
    normal.paragraph_format.widow_control = True
    for level, (more, before, after) in HEADINGS.items():
        style = document.styles[f"Heading {level}"]
        _shape(style, language, "head", more, True, ACCENT, before, after)
        style.paragraph_format.keep_with_next = True
    for name, (role, more, bold, colour, before, after) in PARAGRAPHS.items():
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _shape(style, language, role, more, bold, colour, before, after)
        style.paragraph_format.keep_with_next = name in KEPT_WITH_NEXT
        if name in TIGHT:
            style.paragraph_format.line_spacing = TIGHT[name]
    document.styles["Missing"].paragraph_format.left_indent = Cm(0.3)
    _rule(document.styles["Missing"], "left", 12, 6, "E0A96D")
    _rule(document.styles["Cover Title"], "bottom", 18, 14, ACCENT)
    bullet = document.styles["List Bullet"]
    _shape(bullet, language, "body", -0.5, False, INK, 0, 2)
    bullet.paragraph_format.line_spacing = 1.15


def _rule(style: BaseStyle, side: str, eighths: int, space: int, colour: str) -> None:
    """Draw a line along one side of every paragraph of a style; ``eighths`` of a point thick."""
    border = parse_xml(f'<w:pBdr {nsdecls("w")}><w:{side} w:val="single" w:sz="{eighths}" w:space="{space}" '
                       f'w:color="{colour}"/></w:pBdr>')
    followers = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")
    style.element.get_or_add_pPr().insert_element_before(border, *followers)


def _shape(
    style: BaseStyle,
    language: str,
    role: str,
    more: float,
    bold: bool,
    colour: str,
    before: float,
    after: float,
) -> None:
    _fonts(style, language, role)
    style.font.size, style.font.bold = Pt(BODY_PT[language] + more), bold
    style.font.italic = False
    style.font.color.rgb = RGBColor.from_string(colour)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)


def _contents_styles(document: Package, language: str) -> None:
    """Make the styles of generated lists: Word fills them when it updates the fields."""
    for name, indent, bold in (
        ("toc 1", 0, True),
        ("toc 2", 0.6, False),
        ("toc 3", 1.2, False),
        ("table of figures", 0, False),
    ):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
        style.base_style = document.styles["Normal"]
        style.element.set(qn("w:styleId"), "TOC" + name[-1] if name[-1].isdigit() else "TableofFigures")
        _shape(
            style, language, "head" if bold else "body", 0 if bold else -0.5, bold, INK, 4 if bold else 0, 1
        )
        style.paragraph_format.line_spacing = 1.1
        style.paragraph_format.left_indent = Cm(indent)
        style.paragraph_format.tab_stops.add_tab_stop(Cm(16), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    for name in ("Header", "Footer"):
        _shape(document.styles[name], language, "body", -2, False, SOFT, 0, 0)
        document.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
        document.styles[name].paragraph_format.tab_stops.clear_all()
        document.styles[name].paragraph_format.tab_stops.add_tab_stop(Cm(16), WD_TAB_ALIGNMENT.RIGHT)


def _table_style() -> object:
    """Return the style of tables: strong lines above and below, hairlines between rows, a tinted header."""
    line = '<w:{0} w:val="single" w:sz="{1}" w:space="0" w:color="{2}"/>'
    return parse_xml(
        f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="{TABLE_STYLE}">'
        '<w:name w:val="Exhibit Table"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/>'
        f'<w:tblPr><w:tblStyleRowBandSize w:val="1"/><w:tblBorders>{line.format("top", 10, ACCENT)}'
        f"{line.format('bottom', 10, ACCENT)}{line.format('insideH', 4, 'D5DBE3')}</w:tblBorders>"
        '<w:tblCellMar><w:top w:w="28" w:type="dxa"/><w:left w:w="70" w:type="dxa"/>'
        '<w:bottom w:w="28" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>'
        f"{line.format('bottom', 6, ACCENT)}</w:tcBorders></w:tcPr></w:tblStylePr></w:style>"
    )


def _settings(document: Package) -> None:
    """Have Word fill contents and numbers when it opens the file, in its own (not a compatibility) mode."""
    compat = document.settings.element.find(qn("w:compat"))
    compat.addprevious(element("updateFields", val="true"))
    for setting in compat.findall(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")


def properties(document: Package, title: str, author: str, language: str, date: str) -> None:
    """Fill the file's properties; times are the document's date, so that equal input gives equal bytes."""
    core = document.core_properties
    stamp = datetime.datetime.fromisoformat(date) if date else NO_DATE
    core.title, core.author, core.last_modified_by = title, author, author
    core.language, core.created, core.modified, core.revision = language, stamp, stamp, 1
    core.comments, core.keywords, core.subject = "", "", title
