"""One control per type of question: what reads its posted strings (`fields`), what shows it (`compiled`).

Shared by the respondent's pages, the preview and print. A field and a macro know nothing of pages or databases.
"""
