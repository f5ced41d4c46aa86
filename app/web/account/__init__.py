"""Pages about one’s own account: signing in and out, password, language."""
