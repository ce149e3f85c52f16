"""The examples of a rule file, and the file taken apart."""
