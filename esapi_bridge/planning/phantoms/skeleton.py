"""Spine and rib cage, which several sites share; both repeat along z, so each is one formula."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esapi_bridge.planning.phantoms import tissue
from esapi_bridge.planning.phantoms.canvas import Canvas
from esapi_bridge.planning.phantoms.shapes import Field, superellipse, union


@dataclass(frozen=True)
class Spine:
    """A column of vertebrae; sizes in mm.

    `centre_y_mm` is the y of the vertebral-body centres at z = 0, `slope` and `curve` bend it along z
    (y = centre + slope z + curve z^2).
    """

    centre_y_mm: float
    slope: float
    curve: float
    pitch_mm: float
    half_width_mm: float
    half_depth_mm: float
    phase_mm: float = 0.0
    process_mm: float = 30.0
    low_z_mm: float = -1e3
    high_z_mm: float = 1e3

    def y_mm(self, z_mm: Field | float) -> Field | float:
        """Return the y of the vertebral-body centre at a height."""
        return self.centre_y_mm + self.slope * z_mm + self.curve * z_mm * z_mm

    @property
    def canal_offset_mm(self) -> float:
        """Distance from the vertebral-body centre back to the canal's centre."""
        return self.half_depth_mm + 8.5


def paint_spine(canvas: Canvas, spine: Spine) -> None:
    """Paint vertebrae, discs, canal and cord; makes structure SpinalCord."""
    axis_z = canvas.axes_mm[0]
    y_ends = [float(spine.y_mm(float(z))) for z in (axis_z[0], 0.0, axis_z[-1])]
    back = spine.canal_offset_mm + 10 + spine.process_mm
    width = spine.half_width_mm + 26
    region = canvas.box(
        (-width, min(y_ends) - spine.half_depth_mm - 4, max(axis_z[0], spine.low_z_mm) - 2),
        (width, max(y_ends) + back, min(axis_z[-1], spine.high_z_mm) + 2),
    )
    x, z = region.x, region.z
    v = region.y - np.asarray(spine.y_mm(z), dtype=np.float32)
    pitch = spine.pitch_mm
    ends = np.maximum(np.float32(spine.low_z_mm) - z, z - np.float32(spine.high_z_mm))

    def level(height: Field) -> Field:
        return np.asarray(np.mod(height - np.float32(spine.phase_mm), pitch) - np.float32(pitch / 2))

    t = level(z)
    waist = 0.9 + 0.12 * (2 * t / pitch) ** 2
    flat = superellipse(x, v, spine.half_width_mm * waist, spine.half_depth_mm * waist, 2.3)
    disc_mm = 0.17 * pitch
    body = np.maximum(flat, np.abs(t) - np.float32(pitch / 2 - disc_mm / 2))
    canal_v = np.float32(spine.canal_offset_mm)
    ring = np.hypot(x * np.float32(0.85), v - canal_v)
    arch = np.maximum(np.abs(ring - np.float32(11)) - np.float32(2.6), np.abs(t) - np.float32(0.33 * pitch))
    sheared = level(z + np.float32(0.45) * (v - canal_v))
    reach = v - canal_v - np.float32(10)
    half = np.float32(spine.process_mm / 2)
    spinous = np.maximum(np.abs(x) - np.float32(2.6), np.abs(reach - half) - half)
    spinous = np.maximum(spinous, np.abs(sheared) - np.float32(0.27 * pitch))
    side = np.abs(x)
    transverse = np.maximum(
        np.hypot(v - canal_v + np.float32(1) - np.float32(0.25) * (side - 10), t - np.float32(1)) - np.float32(4.2),
        np.abs(side - np.float32(20)) - np.float32(spine.half_width_mm * 0.75),
    )
    facet = np.sqrt((side - 14) ** 2 + (v - canal_v - 5) ** 2 + (0.55 * (np.abs(t) - pitch / 2)) ** 2) - np.float32(6)

    canvas.paint(region, np.maximum(flat + np.float32(0.5), ends), tissue.CARTILAGE - 20)
    tissue.bone(canvas, region, np.maximum(body, ends), 1.3, marrow=200, cortex=620)
    too_shallow = np.float32(7) - canvas.depth[region.slices]
    posterior = np.maximum(np.maximum(union(arch, spinous, transverse, facet, blend_mm=3.0), ends), too_shallow)
    tissue.bone(canvas, region, posterior, 1.6, marrow=320, cortex=750)
    canvas.paint(region, np.maximum(ring - np.float32(8.6), ends), 15.0)
    canvas.paint(region, np.maximum(np.hypot(x * 0.85, v - canal_v) - np.float32(5.2), ends), 42.0, "SpinalCord")


@dataclass(frozen=True)
class RibCage:
    """The inner surface of the chest wall, an egg-shaped cylinder closed at the apex; sizes in mm."""

    half_width_mm: float
    half_depth_mm: float
    centre_y_mm: float
    apex_z_mm: float
    shoulder_mm: float = 110.0
    pitch_mm: float = 27.0
    drop_mm: float = 62.0
    phase_mm: float = 0.0

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to the inner surface, negative inside."""
        rise = np.clip((z - np.float32(self.apex_z_mm - self.shoulder_mm)) / np.float32(self.shoulder_mm), 0, 0.995)
        narrow = np.sqrt(1 - rise**2.6)
        shallow = np.sqrt(1 - np.float32(0.8) * rise**2.2)
        return superellipse(
            x, y - np.float32(self.centre_y_mm), self.half_width_mm * narrow, self.half_depth_mm * shallow, 2.25
        )


def paint_ribs(canvas: Canvas, cage: RibCage, low_z_mm: float, front_deg: float = 128.0) -> None:
    """Paint ribs, and costal cartilage in front of `front_deg` (angle from the spine round to the sternum)."""
    w, d = cage.half_width_mm + 14, cage.half_depth_mm + 14
    region = canvas.box((-w, cage.centre_y_mm - d, low_z_mm - 80), (w, cage.centre_y_mm + d, cage.apex_z_mm + 25))
    x, z = region.x, region.z
    y = region.y - np.float32(cage.centre_y_mm)
    out = cage.distance(x, region.y, np.minimum(z, np.float32(cage.apex_z_mm - 12))) - np.float32(5.0)
    angle = np.degrees(np.arctan2(np.abs(x) / cage.half_width_mm, y / cage.half_depth_mm)).astype(np.float32)
    drop = np.float32(cage.drop_mm / 2) * (1 - np.cos(np.radians(np.minimum(angle * 1.05, 165.0)))) ** 1.15
    spine_height = z + drop
    dz = np.mod(spine_height - np.float32(cage.phase_mm), cage.pitch_mm) - np.float32(cage.pitch_mm / 2)
    section = (np.sqrt((out / 3.6) ** 2 + (dz / 6.2) ** 2) - 1) * np.float32(3.9)
    floating = np.clip((low_z_mm + 45 - spine_height) / 45, 0, 1) * 70
    limits = np.maximum(np.float32(low_z_mm) - spine_height, spine_height - np.float32(cage.apex_z_mm + 10))
    ends = np.maximum(np.maximum(np.float32(14) - angle, angle - (front_deg - floating)), limits)
    tissue.bone(canvas, region, np.maximum(section, ends).astype(np.float32), 1.3, marrow=170, cortex=680)
    front = np.maximum(np.maximum(np.float32(front_deg) - angle, angle - np.float32(171)), limits)
    upper = np.float32(low_z_mm + 45) - spine_height
    canvas.paint(region, np.maximum(np.maximum(section, front), upper).astype(np.float32), tissue.CARTILAGE)
