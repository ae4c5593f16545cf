"""Drawings stand in one page together, and carry nothing that reaches beyond it."""

import re
from xml.etree import ElementTree

import pytest

from relops.suite.svg import inline_svg

HOSTILE = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100pt" height="50pt"
     viewBox="0 0 100 50">
 <metadata><a href="http://example.org/"/></metadata>
 <defs><style>*{stroke-linejoin: round}</style><clipPath id="clip"><rect width="5.123456"/></clipPath>
  <path id="dot" d="M 0.123456 1 L -2.999999 3e-05 z"/></defs>
 <script>alert(1)</script>
 <a xlink:href="javascript:alert(1)"><path d="M 0 0"/></a>
 <foreignObject><p>x</p></foreignObject>
 <g id="axes" clip-path="url(#clip)" onclick="alert(1)" style="fill: #ffffff; stroke-width: 1.25">
  <use xlink:href="#dot" x="10.55555" style="fill: url(http://example.org/x)" transform="scale(0.015625)"/>
  <image xlink:href="http://example.org/x.png"/><image xlink:href="data:image/png;base64,iVBO
Rw0K"/><text>甲 &lt;b&gt; 乙</text>
 </g>
</svg>
"""


@pytest.fixture
def drawing(tmp_path):
    path = tmp_path / "hostile.svg"
    path.write_text(HOSTILE, encoding="utf-8")
    return path


def test_nothing_reaches_beyond_the_page(drawing):
    markup = inline_svg(drawing, "a-")
    assert "http" not in markup
    assert not re.search(r"script|foreignObject|javascript|onclick|metadata|<style|style=|<a\b", markup)


def test_ids_carry_the_prefix_and_stay_linked(drawing):
    root = ElementTree.fromstring(inline_svg(drawing, "a-"))
    assert [e.get("id") for e in root.iter() if e.get("id")] == ["a-clip", "a-dot", "a-axes"]
    group = next(e for e in root.iter("g"))
    assert group.get("clip-path") == "url(#a-clip)"
    assert next(root.iter("use")).get("href") == "#a-dot"


def test_two_drawings_share_no_id(drawing):
    first, second = (re.findall(r' id="([^"]+)"', inline_svg(drawing, prefix)) for prefix in ("a-", "b-"))
    assert len(first) == 3
    assert not set(first) & set(second)


def test_styles_become_attributes(drawing):
    root = ElementTree.fromstring(inline_svg(drawing, "a-"))
    group = next(root.iter("g"))
    assert (group.get("fill"), group.get("stroke-width")) == ("#ffffff", "1.25")
    root_says = [root.get(name) for name in ("stroke-linejoin", "viewBox", "width")]
    assert root_says == ["round", "0 0 100 50", None]


def test_coordinates_are_rounded_but_scales_are_not(drawing):
    root = ElementTree.fromstring(inline_svg(drawing, "a-"))
    assert next(root.iter("path")).get("d") == "M 0.12 1 L -3 3e-05 z"
    use = next(root.iter("use"))
    assert (use.get("x"), use.get("transform"), use.get("fill")) == ("10.56", "scale(0.015625)", None)


def test_pictures_and_words_stay(drawing):
    root = ElementTree.fromstring(inline_svg(drawing, "a-"))
    assert [image.get("href") for image in root.iter("image")] == [None, "data:image/png;base64,iVBORw0K"]
    assert next(root.iter("text")).text == "甲 <b> 乙"
    assert "甲 &lt;b&gt; 乙" in inline_svg(drawing, "a-")


def test_what_is_no_svg_is_refused(tmp_path):
    path = tmp_path / "page.svg"
    path.write_text("<html/>", encoding="utf-8")
    with pytest.raises(ValueError, match=r"page\.svg is no SVG"):
        inline_svg(path, "a-")
