"""What a rule says, point by point, and which points the examples reach."""
