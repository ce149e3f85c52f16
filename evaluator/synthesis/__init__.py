"""Claims made from a rule: one that it fires on, and those nearest to it that it does not."""
