"""All lines of a run, member by member, in parts that memory holds."""
