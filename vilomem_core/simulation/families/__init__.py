"""Families of problems, a few to a file: each draws the numbers, the wording and the picture of its problems."""
