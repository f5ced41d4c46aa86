"""Analysis: weighted, protected tables of a wave, with their intervals, and their files."""
