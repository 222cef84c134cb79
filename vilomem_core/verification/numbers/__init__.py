"""Numbers: quantities with units, which one answers, and whether it is the gold number."""
