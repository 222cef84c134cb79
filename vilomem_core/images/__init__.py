"""Untrusted pictures, made safe: recognised by content, measured before they are decoded, decoded once as a check.

``load_image`` turns bytes, ``read_image`` a file, into the ``Image`` that models get; ``decode`` gives its pixels; ``encode`` makes an
``Image`` of pixels.
"""

from vilomem_core.images.checks import ImageProblem
from vilomem_core.images.load import Conversion, decode, encode, load_image, read_image
from vilomem_core.settings.tree import ImageLimits

__all__ = ["Conversion", "ImageLimits", "ImageProblem", "decode", "encode", "load_image", "read_image"]
