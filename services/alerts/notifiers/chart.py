"""A small chart of one metric as a PNG: the line, the limit, and the point that fired."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from services.alerts.domain.track import Point

WIDTH, HEIGHT = 480, 180
_FINE = 3
"""Drawn so many times larger and averaged, which is what makes the line smooth."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 10, 10, 20
_WHITE, _GREY, _BLUE, _RED = (255, 255, 255), (210, 214, 220), (43, 108, 176), (197, 48, 48)
_INK = (90, 96, 104)
_FONT: dict[str, tuple[int, ...]] = {
    "0": (7, 5, 5, 5, 7), "1": (2, 6, 2, 2, 7), "2": (7, 1, 7, 4, 7), "3": (7, 1, 3, 1, 7),
    "4": (5, 5, 7, 1, 1), "5": (7, 4, 7, 1, 7), "6": (7, 4, 7, 5, 7), "7": (7, 1, 2, 2, 2),
    "8": (7, 5, 7, 5, 7), "9": (7, 5, 7, 1, 7), ".": (0, 0, 0, 0, 2), "-": (0, 0, 7, 0, 0),
    "+": (0, 2, 7, 2, 0), "e": (0, 7, 7, 4, 7),
}  # fmt: skip
"""Digits of three by five dots; names are told in the text beside."""


def draw(points: Sequence[Point], at_step: int | None, limit: float | None) -> bytes | None:
    """None where there is nothing to draw a line through."""
    known = [point for point in points if math.isfinite(point.value)]
    if len(known) < 2:
        return None
    steps = np.array([point.step for point in known], dtype=float)
    values = np.array([point.value for point in known], dtype=float)
    shown = [*values, limit] if limit is not None and _near(limit, values) else list(values)
    low, high = float(min(shown)), float(max(shown))
    margin = (high - low) * 0.08 or abs(high) * 0.08 or 1.0
    frame = _Frame(steps[0], max(steps[-1], steps[0] + 1), low - margin, high + margin)
    if len(shown) > len(values):
        frame.line([frame.left, frame.right], [limit, limit], _RED, 1)
    frame.line(steps, values, _BLUE, 2)
    fired = next((point for point in known if point.step == at_step), None)
    if fired is not None:
        frame.dot(fired.step, fired.value, _RED)
    frame.label(f"{high:.4g}", high)
    frame.label(f"{low:.4g}", low)
    frame.below(f"{steps[0]:.0f}", steps[0])
    frame.below(f"{steps[-1]:.0f}", steps[-1])
    return _png(frame.picture())


class _Frame:
    """Pixels, and where values stand among them."""

    def __init__(self, left: float, right: float, low: float, high: float) -> None:
        self.left, self.right, self._low, self._high = left, right, low, high
        self._pixels = np.full((HEIGHT * _FINE, WIDTH * _FINE, 3), _WHITE, dtype=np.uint8)
        for edge in (low, high):
            self.line([left, right], [edge, edge], _GREY, 1)

    def line(self, steps: Any, values: Any, colour: tuple[int, ...], width: int) -> None:
        x, y = self._x(np.asarray(steps, float)), self._y(np.asarray(values, float))
        length = np.ceil(np.maximum(np.abs(np.diff(x)), np.abs(np.diff(y)))).astype(int)
        # Each stretch in steps of at most one pixel, numbered by how far along it they are.
        place = np.concatenate([[0], np.cumsum(np.maximum(1, length))])
        along = np.arange(place[-1] + 1)
        radius = width * _FINE // 2
        self._stamp(np.interp(along, place, x), np.interp(along, place, y), colour, radius)

    def dot(self, step: float, value: float, colour: tuple[int, ...]) -> None:
        self._stamp(self._x(np.array([step])), self._y(np.array([value])), colour, 3 * _FINE)

    def label(self, text: str, value: float) -> None:
        self._write(
            text, _LEFT - 6 - 8 * len(text), int(self._y(np.array([value]))[0]) // _FINE - 5
        )

    def below(self, text: str, step: float) -> None:
        x = int(self._x(np.array([step]))[0]) // _FINE - 4 * len(text)
        self._write(text, min(max(x, _LEFT), WIDTH - 8 * len(text) - 2), HEIGHT - 14)

    def picture(self) -> Any:
        """Averaged to its own size."""
        fine = self._pixels.reshape(HEIGHT, _FINE, WIDTH, _FINE, 3)
        return fine.mean(axis=(1, 3)).astype(np.uint8)

    def _x(self, steps: Any) -> Any:
        part = (steps - self.left) / (self.right - self.left)
        return (_LEFT + part * (WIDTH - _LEFT - _RIGHT)) * _FINE

    def _y(self, values: Any) -> Any:
        part = (self._high - values) / (self._high - self._low)
        return (_TOP + part * (HEIGHT - _TOP - _BOTTOM)) * _FINE

    def _stamp(self, x: Any, y: Any, colour: tuple[int, ...], radius: int) -> None:
        height, width, _ = self._pixels.shape
        for dx in range(-radius, radius + 1):
            for dy in range(-radius, radius + 1):
                if dx * dx + dy * dy <= radius * radius:
                    rows = np.clip(np.round(y).astype(int) + dy, 0, height - 1)
                    columns = np.clip(np.round(x).astype(int) + dx, 0, width - 1)
                    self._pixels[rows, columns] = colour

    def _write(self, text: str, x: int, y: int) -> None:
        """Each dot of a glyph is two pixels."""
        size = 2 * _FINE
        for sign in text:
            for row, bits in enumerate(_FONT.get(sign, ())):
                for column in range(3):
                    if bits >> (2 - column) & 1:
                        top, left = y * _FINE + row * size, x * _FINE + column * size
                        if top >= 0 and left >= 0:
                            self._pixels[top : top + size, left : left + size] = _INK
            x += 8


def _near(limit: float, values: Any) -> bool:
    """A limit far away would press the line flat."""
    spread = float(values.max() - values.min()) or abs(float(values.max())) or 1.0
    return bool(values.min() - 2 * spread <= limit <= values.max() + 2 * spread)


def _png(picture: Any) -> bytes:
    rows = np.concatenate([np.zeros((HEIGHT, 1), np.uint8), picture.reshape(HEIGHT, -1)], axis=1)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 9)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
