"""apps: the pages of each role, thin: they ask views and show."""
