"""The public door of the Observatoire."""
