"""A warm colour ramp whose steps look even: a straight path in OKLCh (Ottosson 2020, https://bottosson.github.io/posts/oklab).

It runs from pale yellow to deep red, so that what matters most is the darkest and strongest: most figures have a white ground.
"""

from __future__ import annotations

import numpy as np

from vilomem_core.types import F32

STEPS = 256
# lightness, chroma and hue in degrees: both ends lie inside sRGB, and so does the path between them (tests check it)
PALE = (0.93, 0.11, 100.0)
DEEP = (0.56, 0.20, 28.0)

# From OKLab to cube roots of cone responses, and from cone responses to linear sRGB (constants of the definition cited above)
LAB_TO_CONES = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
CONES_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def linear_ramp() -> F32:
    """f32[256, 3]: the ramp in linear sRGB, unclipped."""
    lightness, chroma, hue = np.linspace(PALE, DEEP, STEPS).T
    angle = np.radians(hue)
    lab = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], axis=1)
    linear: F32 = ((lab @ LAB_TO_CONES.T) ** 3 @ CONES_TO_RGB.T).astype(np.float32)
    return linear


def _srgb(linear: F32) -> F32:
    """Linear light to sRGB from 0 to 255 (IEC 61966-2-1)."""
    light = np.clip(linear, 0, 1)
    return (255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)).astype(np.float32)


WARM = _srgb(linear_ramp())


def warm(strength: F32) -> F32:
    """f32[..., 3] sRGB from 0 to 255 for a strength from 0 (pale) to 1 (deep)."""
    colours: F32 = WARM[np.rint(strength * (STEPS - 1)).astype(np.intp)]
    return colours
