"""Measures of the real program beside a baseline taken in the same run: `python -m benchmarks [NAME …]`."""
