"""A plan and the lines of members to hits, and hits to the findings table."""
