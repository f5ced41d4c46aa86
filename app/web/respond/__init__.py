"""The respondent's pages: entry, questions, review, receipt; one cookie, no JavaScript needed."""
