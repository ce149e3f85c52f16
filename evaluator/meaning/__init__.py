"""What rules mean: the slow, obvious evaluator, and what it reads of a line."""
