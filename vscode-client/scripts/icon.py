"""Draws the extension's icon: a gate that holds back the tide.

python vscode-client/scripts/icon.py
"""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path

SIZE = 128
SAMPLES = 4
"""Points looked at along each side of a pixel; their mean makes smooth edges."""

Color = tuple[int, int, int, int]
CLEAR: Color = (0, 0, 0, 0)
NIGHT: Color = (16, 42, 67, 255)
SEA: Color = (64, 156, 196, 255)
CALM: Color = (34, 94, 138, 255)
GATE: Color = (240, 244, 248, 255)


def color_at(x: float, y: float) -> Color:
    """The colour at a point of a square whose sides are 1, from the upper left."""
    corner = 0.2
    dx, dy = max(corner - x, x - 1 + corner, 0), max(corner - y, y - 1 + corner, 0)
    if math.hypot(dx, dy) > corner:
        return CLEAR
    if abs(x - 0.56) < 0.045 and 0.16 < y < 0.86:
        return GATE
    if x < 0.56 and y > 0.46 + 0.035 * math.sin(x * 22):
        return SEA
    if x > 0.56 and y > 0.74:
        return CALM
    return NIGHT


def pixel(column: int, row: int) -> bytes:
    """A pixel as red, green, blue and opacity."""
    points = [
        color_at((column + (i + 0.5) / SAMPLES) / SIZE, (row + (j + 0.5) / SAMPLES) / SIZE)
        for i in range(SAMPLES)
        for j in range(SAMPLES)
    ]
    opacity = sum(color[3] for color in points)
    if opacity == 0:
        return bytes(4)
    mixed = [round(sum(color[n] * color[3] for color in points) / opacity) for n in range(3)]
    return bytes((*mixed, round(opacity / len(points))))


def png() -> bytes:
    """The icon as a PNG file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    rows = b"".join(b"\0" + b"".join(pixel(column, row) for column in range(SIZE)) for row in range(SIZE))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


if __name__ == "__main__":
    (Path(__file__).parent.parent / "icon.png").write_bytes(png())
