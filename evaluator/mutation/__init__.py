"""Small changes of a rule, and which of them no example notices."""
