"""Use cases: rules, permissions and audit, given a session. The web, the worker and the command line call these."""
