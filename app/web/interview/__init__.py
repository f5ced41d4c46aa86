"""Asking others: interviews by telephone, paper forms entered twice."""
