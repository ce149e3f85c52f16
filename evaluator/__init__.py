"""Checked rules and service lines to findings."""
