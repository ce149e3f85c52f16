"""Claim files to service lines: one module per file format."""
