"""How many readings of texts are kept: verifying one reply reads its question, options and statements several times over."""

READINGS = 64  # of each kind; one reply with its options has about twenty texts
