"""Figures published outside of this platform, each with its source and its caveats."""
