"""A reply as text: its parts, markers, sentences and words."""
