"""The rule files that ship with the project."""
