"""Texts: yes and no, lists, and phrases."""
