"""How figures look: one palette safe for colour-blind readers, one Chinese font that travels with the package."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO
from unittest import mock

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

# Okabe and Ito's palette: told apart by readers of every colour vision
PALETTE = {
    "blue": "#0072B2", "orange": "#E69F00", "green": "#009E73", "red": "#D55E00", "purple": "#CC79A7",
    "sky": "#56B4E9", "grey": "#7A7A7A", "black": "#1A1A1A",
}
# the same group has the same colour in every notebook and document
GROUP_COLOURS = {"loyal": PALETTE["blue"], "riser": PALETTE["green"], "dormant": PALETTE["orange"],
                 "churned": PALETTE["grey"]}
WIDTH_IN, HEIGHT_IN = 6.3, 3.6
PNG_DPI = 200
# a tenth larger than the smallest file, in half the time
PNG_COMPRESSION = 3


@functools.cache
def chinese_font() -> str:
    """Register the Chinese font that comes with zhplot and return its family name."""
    package = find_spec("zhplot")
    path = next(Path(package.submodule_search_locations[0]).rglob("NotoSansSC-Regular.ttf"))
    font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=path).get_name()


@contextlib.contextmanager
def use_style(language: str) -> Iterator[None]:
    """Draw within this context: fonts for ``language``, grid, sizes. The caller's settings come back after it."""
    # Chinese first: a font list that starts with a Latin face loses Chinese beside mathematics
    fonts = [chinese_font(), "DejaVu Sans"] if language == "zh" else ["DejaVu Sans", chinese_font()]
    with mpl.rc_context(), remembered_fonts(), remembered_texts():
        sns.set_theme(style="whitegrid", palette=list(PALETTE.values()), rc={
            "font.family": fonts, "axes.unicode_minus": False, "figure.figsize": (WIDTH_IN, HEIGHT_IN),
            "figure.constrained_layout.use": True, "figure.dpi": PNG_DPI, "axes.titlesize": 11,
            "axes.titley": 1.0, "axes.titlelocation": "left", "axes.labelsize": 9, "xtick.labelsize": 8.5,
            "ytick.labelsize": 8.5, "legend.fontsize": 8.5,
            "axes.spines.top": False, "axes.spines.right": False, "grid.color": "#E4E4E4", "svg.fonttype": "path",
            "svg.hashsalt": "relops",
        })
        yield


@contextlib.contextmanager
def remembered_fonts() -> Iterator[None]:
    """Look each font up once within this context. Matplotlib asks anew for every text it measures, which is a
    third of the time a figure takes; a version that asks in another way is left alone."""
    manager = font_manager.fontManager
    look_up, found = getattr(manager, "_find_fonts_by_props", None), {}

    def remembered(properties: font_manager.FontProperties, *args: Any, **options: Any) -> list[Any]:
        key = (hash(properties), args, tuple(options.items()))
        if key not in found:
            found[key] = look_up(properties, *args, **options)
        return found[key]

    if look_up is None:
        yield
        return
    with mock.patch.object(manager, "_find_fonts_by_props", remembered):
        yield


@contextlib.contextmanager
def remembered_texts() -> Iterator[None]:
    """Set each text once within this context. Matplotlib does so six to eight times: twice in each pass over the
    layout, twice more as it draws. Lines that wrap, whose setting hangs on where they stand, are set anew."""
    set_text, known = Text._get_layout, {}

    def remembered(text: Text, renderer: Any) -> Any:
        if text.get_wrap():
            return set_text(text, renderer)
        key = (renderer, text.get_figure(root=True).dpi, text.get_text(), hash(text.get_fontproperties()),
               text.get_rotation(), text.get_rotation_mode(), text.get_horizontalalignment(),
               text.get_verticalalignment(), text._get_multialignment(), text._linespacing, text.get_usetex(),
               text.get_parse_math())
        if key not in known:
            known[key] = set_text(text, renderer)
        return known[key]

    with mock.patch.object(Text, "_get_layout", remembered):
        yield


@contextlib.contextmanager
def remembered_ticks() -> Iterator[None]:
    """Place the ticks of an axis once for each size of its panel within this context, in which nothing else of a
    figure may change. Matplotlib does so eight times for a figure that is laid out and drawn in two forms."""
    place, known = Axis._update_ticks, {}

    def remembered(axis: Axis) -> list[Any]:
        state = (tuple(axis.get_view_interval()), axis.axes.bbox.bounds, axis.get_figure(root=True).dpi)
        if axis not in known or known[axis][0] != state:
            known[axis] = state, place(axis)
        return list(known[axis][1])

    with mock.patch.object(Axis, "_update_ticks", remembered):
        yield


def write_figure(drawn: Figure, svg: Path, png: Path) -> None:
    """Write a drawn figure as SVG and PNG, laid out alike in both.

    The picture is that of ``savefig`` on a figure already laid out, but each file is drawn once and not twice,
    and texts are measured once for layout and PNG: drawing is most of the time a notebook takes.
    """
    canvas = FigureCanvasAgg(drawn)
    drawn.dpi = PNG_DPI
    with remembered_ticks():
        _lay_out(drawn)
        canvas.print_png(png, pil_kwargs={"compress_level": PNG_COMPRESSION})
        _print_svg(drawn, svg)


def write_svg(drawn: Figure, svg: Path | BinaryIO) -> None:
    """Write a drawn figure as SVG, laid out once."""
    with remembered_ticks():
        _lay_out(drawn)
        _print_svg(drawn, svg)


def _print_svg(drawn: Figure, svg: Path | BinaryIO) -> None:
    FigureCanvasSVG(drawn).print_svg(svg, metadata={"Date": None})


def _lay_out(drawn: Figure) -> None:
    if (engine := drawn.get_layout_engine()) is not None:
        engine.execute(drawn)
        drawn.set_layout_engine("none")
