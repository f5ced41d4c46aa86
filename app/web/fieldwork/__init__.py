"""Fieldwork: waves are prepared, opened, followed and closed."""
