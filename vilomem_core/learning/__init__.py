"""The loop that one case goes through: analyse, recall, solve, verify, reflect (ViLoMem, sec. 3)."""
