"""Claims that replace and void others."""
