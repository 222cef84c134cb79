"""Expressions: a small reader and exact comparison; symbolic algebra in a process of its own for the rest."""
