"""Consolidation: candidates in, general rules out (ViLoMem, sec. 3.4), derived anew from the log and never from earlier rules."""
