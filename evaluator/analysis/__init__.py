"""Checked rules to what is probably wrong with them, although every sentence is sound.

Findings that speak of behaviour come with claims, and the reference has judged each of these
claims as the finding says before it is reported. Where it did not, nothing is reported.
"""
