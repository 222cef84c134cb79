"""Recall: which memories warn of the mistakes at hand.

``bank`` holds the memories of one snapshot in columns, with the scale of its cosines; ``build`` makes it from memories and candidates,
``bundle`` keeps it in a folder. ``recaller`` answers a ``query``: ``search`` finds a short list (image similarity first in the visual
stream; ``sketch`` makes that quick in large banks), and ``ranking`` weighs the evidence for each memory on it, with ``words`` in common,
then admits and orders. ``service`` is the interface for other programs.
"""
