"""The process tree of `make run`: broker, web, worker and beat on one machine, under one parent.

`commands` says what is run, `processes` how a child is started, watched and stopped, `checks` what must
hold before; `python -m app.supervisor` puts them together.
"""
