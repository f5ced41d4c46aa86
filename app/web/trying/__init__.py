"""The pages of a preview: those of respondents themselves, on answers that nobody counts."""
