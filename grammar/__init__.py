"""Text to checked rules: the language, and nothing about claim data."""
