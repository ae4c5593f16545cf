import contextlib
from unittest import mock

import numpy as np
from matplotlib import font_manager, pyplot
from PIL import Image

from relops.style import PNG_DPI, use_style, write_figure


def drawn():
    figure, panels = pyplot.subplots(1, 2)
    panels[0].plot(np.arange(30) ** 2, label="客户")
    panels[0].legend()
    panels[1].bar(["一月", "二月"], [1, 2])
    panels[1].tick_params(axis="x", rotation=45)
    panels[1].annotate("first\nsecond line", (0, 1), rotation=90, ha="left", bbox={"boxstyle": "round"})
    panels[1].set_ylabel("$x^2$")
    figure.suptitle("每月客户数 1,000 " * 6, wrap=True)
    return figure


def test_a_figure_is_written_as_savefig_would_write_it(tmp_path):
    with mock.patch("relops.style.remembered_texts", contextlib.nullcontext), use_style("zh"):
        figure = drawn()
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        figure.savefig(tmp_path / "slow.svg", metadata={"Date": None})
        figure.savefig(tmp_path / "slow.png", dpi=PNG_DPI)
        pyplot.close(figure)
    with use_style("zh"):
        figure = drawn()
        write_figure(figure, tmp_path / "quick.svg", tmp_path / "quick.png")
        pyplot.close(figure)
    quick, slow = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("quick", "slow"))
    assert quick.shape == slow.shape and (quick == slow).all()
    assert (tmp_path / "quick.svg").read_bytes() == (tmp_path / "slow.svg").read_bytes()


def test_fonts_are_found_once_in_the_style_and_as_ever_outside_it():
    look_up = font_manager.fontManager._find_fonts_by_props
    properties = font_manager.FontProperties(family=["DejaVu Sans"], size=9)
    with use_style("en"):
        remembered = font_manager.fontManager._find_fonts_by_props
        first = remembered(properties)
        assert first is remembered(properties.copy())
        assert first == look_up(properties)
        larger = properties.copy()
        larger.set_size(20)
        assert remembered(larger) is not first
    assert font_manager.fontManager._find_fonts_by_props == look_up
