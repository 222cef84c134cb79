"""Pictures from strangers, made safe: recognised by content, measured before they are decoded, decoded once as a check.

``load_image`` turns bytes into the ``Image`` that models get; ``decode`` gives its pixels; ``encode`` makes an ``Image`` of pixels.
"""

from vilomem_core.images.codec import decode, encode
from vilomem_core.images.limits import ImageLimits
from vilomem_core.images.load import Conversion, load_image
from vilomem_core.images.problem import ImageProblem

__all__ = ["Conversion", "ImageLimits", "ImageProblem", "decode", "encode", "load_image"]
