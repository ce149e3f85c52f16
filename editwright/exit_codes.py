"""What commands return."""

DONE, PROBLEMS, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
"""Nothing wrong; what the command exists to report; wrong usage or unreadable input; Ctrl-C."""
