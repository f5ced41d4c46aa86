"""Two versions compared: what changed, for whom, and what may still be compared."""
