"""Concepts: what questions measure, across versions and populations, and how comparable each is."""
