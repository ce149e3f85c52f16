"""Why rules fire on a line, or do not, clause by clause."""
