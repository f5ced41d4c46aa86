"""Questionnaires and their versions: read, previewed, published."""
