"""The colours of the pages, light and dark: every text is read against its ground (WCAG 2.2, contrast 4.5 to 1)."""

from __future__ import annotations

import re
from importlib import resources

import pytest

LEAST_CONTRAST = 4.5
TEXT_ON_GROUND = [
    *((text, ground) for text in ("ink", "muted", "accent", "label") for ground in ("ground", "soft")),
    ("ink", "marked"), ("ink", "mind-ground"), ("pass", "pass-ground"), ("warn", "warn-ground"),
    ("refuse", "refuse-ground"),
]  # fmt: skip


def palettes() -> list[dict[str, str]]:
    """Colours by name: light, then what is dark where it differs."""
    page = (resources.files("esapi_bridge.report") / "templates" / "page.html.j2").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", block)) for block in blocks)
    return [light, light | dark]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    channels = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_is_legible(text: str, ground: str, scheme: str) -> None:
    colours = palettes()[scheme == "dark"]
    lighter, darker = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= LEAST_CONTRAST


def test_the_two_palettes_differ() -> None:
    light, dark = palettes()
    assert luminance(light["ground"]) == pytest.approx(1)
    assert luminance(dark["ground"]) < 0.02
