"""Make a drawn SVG safe and small enough to stand inside a page, many of them side by side."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from xml.etree import ElementTree

from markupsafe import Markup

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
# what a drawing needs; all else (scripts, links, metadata with addresses, style sheets) stays out
ELEMENTS = frozenset([
    "svg", "g", "defs", "path", "use", "rect", "circle", "ellipse", "line", "polyline", "polygon", "image",
    "text", "tspan", "clipPath", "mask", "pattern", "linearGradient", "radialGradient", "stop", "marker",
    "symbol",
])
INTERNAL = re.compile(r"url\(\s*['\"]?#([^'\")]+)['\"]?\s*\)")
ADDRESS = re.compile(r"url\(\s*['\"]?(?!['\"]?#)")
LONG_NUMBER = re.compile(r"-?\d*\.\d{3,}")
COORDINATES = frozenset(["d", "points", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "cx", "cy", "r"])


def inline_svg(path: Path, prefix: str) -> Markup:
    """Return the drawing in ``path`` as markup for a page: every id carries ``prefix``, so that two drawings
    on one page never clash; style attributes have become plain attributes (a strict content policy forbids
    the former); coordinates are rounded to a hundredth of a point; nothing points outside the page.

    Raises ValueError when the file is no SVG.
    """
    root = ElementTree.parse(path).getroot()
    if root.tag != f"{SVG}svg":
        raise ValueError(f"{path.name} is no SVG")
    _clean(root, prefix)
    width, height = (root.attrib.pop(side, None) for side in ("width", "height"))
    if "viewBox" not in root.attrib and width and height:
        root.set("viewBox", f"0 0 {width.removesuffix('pt')} {height.removesuffix('pt')}")
    # matplotlib says these two in a style sheet, which would reach every drawing of the page
    root.attrib |= {"stroke-linejoin": "round", "stroke-linecap": "butt", "aria-hidden": "true",
                    "focusable": "false", "class": "drawing"}
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _clean(element: ElementTree.Element, prefix: str) -> None:
    """Bring one element and all below it into the form :func:`inline_svg` promises."""
    element.tag = element.tag.removeprefix(SVG)
    element.attrib = _attributes(element.attrib, prefix)
    if element.tag not in ("text", "tspan"):
        element.text = None
    for child in list(element):
        if child.tag.removeprefix(SVG) in ELEMENTS and child.tag.startswith(SVG):
            _clean(child, prefix)
            if element.tag not in ("text", "tspan"):
                child.tail = None
        else:
            element.remove(child)


def _attributes(raw: dict[str, str], prefix: str) -> dict[str, str]:
    styles = (part.split(":", 1) for part in raw.get("style", "").split(";") if ":" in part)
    attributes = {name: value for name, value in raw.items() if name != "style"}
    attributes |= {name.strip(): value.strip() for name, value in styles}
    kept = {}
    for name, value in attributes.items():
        if name in (HREF, "href"):
            if value.startswith("#"):
                kept["href"] = f"#{prefix}{value[1:]}"
            elif value.startswith("data:image/png;base64,"):
                kept["href"] = re.sub(r"\s+", "", value)
        elif name == "id":
            kept["id"] = prefix + value
        elif not (name.startswith(("{", "on")) or ADDRESS.search(value)):
            value = INTERNAL.sub(rf"url(#{prefix}\1)", value)
            kept[name] = _rounded(value) if name in COORDINATES else value
    return kept


@functools.lru_cache(maxsize=4096)  # the outlines of letters are the same in every drawing
def _rounded(value: str) -> str:
    def shorter(match: re.Match) -> str:
        return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")

    return LONG_NUMBER.sub(shorter, " ".join(value.split()))
