"""Lets a torchvision that was built for CUDA be imported beside a torch for CPUs; loaded by a .pth file in every process.

torchvision registers what two of its operators do, which fails where their declarations could not be loaded. They are declared here,
just before torchvision is imported; nothing calls them.
"""

import sys

OPERATORS = ("nms", "qnms")


class DeclareFirst:
    """An import hook that finds nothing, and is gone after its first use."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "torchvision":
            sys.meta_path.remove(DeclareFirst)
            import torch

            if torch.version.cuda is None:
                library = torch.library.Library("torchvision", "DEF")
                for operator in OPERATORS:
                    library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
                DeclareFirst.library = library  # the declarations live as long as this object


sys.meta_path.insert(0, DeclareFirst)
