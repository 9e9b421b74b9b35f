"""A part of the body that phantoms are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from esapi_bridge.planning.phantoms.canvas import Canvas
from esapi_bridge.planning.vocabulary import SiteName


@dataclass(frozen=True)
class Site:
    """How phantoms of a part of the body are made.

    Parameters
    ----------
    name
        What it is called.
    stream
        Keeps its random numbers apart from those of the other sites.
    paint
        Paints a random anatomy, target included, on a canvas.
    spacing_mm
        Usual voxel size of a planning CT of this part, ``(x, y, z)``, mm.
    field_of_view_mm
        Size of the CT ``(x, y, z)``, mm.
    bend_mm
        Standard deviation of the deformation of the canvas, mm.
    """

    name: SiteName
    stream: int
    paint: Callable[[Canvas], None]
    spacing_mm: tuple[float, float, float]
    field_of_view_mm: tuple[float, float, float] = (500.0, 400.0, 280.0)
    bend_mm: float = 3.5
