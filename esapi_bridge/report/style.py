"""How every figure looks: colours, levels, and the sentence burned into its corner."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.image import imsave
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from esapi_bridge import INTENDED_USE

DPI = 150
COMPRESSION = 4
"""Of PNG, 0 to 9: half the time of the usual 6, and a tenth more bytes."""

LABEL_STRIP_IN = 0.2
INK, MUTED, RULE = "#1c2733", "#5c6b7a", "#c9d1d9"
DOSE_MAP = ListedColormap(mpl.colormaps["turbo"](np.linspace(0.06, 0.93, 256)), name="dose")
GIVEN, NETWORK, REFERENCE = "#c2410c", "#0b5cad", "#1c2733"
"""Line colours of input, network and reference dose."""

CT_WINDOW_HU = (-900.0, 650.0)

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a name is one
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": "#e3e8ed",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def _difference_map() -> Colormap:
    """Blue (less) to red (more), fading to nothing around zero so that the CT shows through."""
    colours = mpl.colormaps["RdBu_r"](np.linspace(0, 1, 256))
    size = np.abs(np.linspace(-1, 1, 256))
    colours[:, 3] = np.clip(size / 0.35, 0, 1) ** 0.8 * 0.9
    # Saturated ends: pale middle colours would wash out over a bright CT.
    vivid = np.where(np.linspace(-1, 1, 256)[:, None] < 0, mpl.colormaps["Blues"](0.78), mpl.colormaps["Reds"](0.78))
    colours[:, :3] = 0.35 * colours[:, :3] + 0.65 * vivid[:, :3]
    return ListedColormap(colours)


DIFFERENCE_MAP = _difference_map()


def rgb(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """Turn a colour of 0 to 255 into matplotlib's."""
    red, green, blue = colour
    return red / 255, green / 255, blue / 255


def legible(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """Darken a colour too light for a white page, keeping its hue."""
    red, green, blue = rgb(colour)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    scale = 0.55 / light if light > 0.55 else 1.0
    return red * scale, green * scale, blue * scale


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the figure style inside a block."""
    with mpl.rc_context(_STYLE):
        yield


def new_figure(width_in: float, height_in: float) -> Figure:
    """Make a figure without pyplot's global state."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def log_y(ax: Axes) -> None:
    """Make the y axis logarithmic, with plain numbers on it: a dollar sign means nothing in this style."""
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure as pixels ``(rows, columns, 4)``, RGBA."""

    pixels: NDArray[np.uint8]

    def png(self) -> bytes:
        """Encode it as PNG, with the intended use in its metadata."""
        buffer = io.BytesIO()
        imsave(
            buffer, self.pixels, format="png", dpi=DPI, pil_kwargs={"compress_level": COMPRESSION},
            metadata={"Description": INTENDED_USE, "Software": "esapi-bridge"},
        )  # fmt: skip
        return buffer.getvalue()


def drawn(figure: Figure) -> Drawn:
    """Draw a figure with the intended use in its lower right corner."""
    height_in = figure.get_figheight()
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        strip = LABEL_STRIP_IN / height_in
        engine.set(rect=(0, strip, 1, 1 - strip))
    figure.text(
        0.998, 0.004, INTENDED_USE, ha="right", va="bottom", fontsize=7, color="white",
        bbox={"boxstyle": "square,pad=0.25", "facecolor": "#9b1c1c", "edgecolor": "none"}, in_layout=False,
    )  # fmt: skip
    figure.set_dpi(DPI)
    canvas: Any = FigureCanvasAgg(figure)
    with house_style():
        canvas.draw()  # once; `savefig` draws twice
    return Drawn(np.asarray(canvas.buffer_rgba()))


def save_png(figure: Figure, path: Path) -> Path:
    """Write a figure as a PNG file (with the burned-in sentence)."""
    path.write_bytes(drawn(figure).png())
    return path
