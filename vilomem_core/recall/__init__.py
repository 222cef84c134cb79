"""Recall: which memories warn of the mistakes at hand.

``bank`` holds the memories of one snapshot in columns, ``build`` makes it from memories and candidates (``lineage`` gathers their
texts), ``files`` keeps it in a folder. ``engine`` answers queries: ``search`` finds a short list (image similarity first in the
visual stream), ``evidence`` weighs what speaks for each memory on it, ``select`` admits and orders. ``render`` writes the prompt
section; ``service`` is the way in for other programs.
"""
