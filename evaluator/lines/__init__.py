"""Service lines, one by one and in columns."""
