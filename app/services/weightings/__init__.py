"""Weightings of a wave: recipes and their margins, drafts and runs, what is wrong with them, and comparisons."""
