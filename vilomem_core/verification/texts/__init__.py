"""Answers that are texts: names, lists, yes and no."""
