"""Names that every file system takes."""

from __future__ import annotations


def plain_name(text: str) -> str:
    """Replace what is no ASCII letter, digit, dash or underscore by an underscore."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in text)
