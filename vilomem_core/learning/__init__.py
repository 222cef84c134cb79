"""One case's way through the loop: analyse, recall, solve, verify, reflect (ViLoMem, sec. 3)."""
