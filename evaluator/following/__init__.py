"""Claims that arrive without end, judged one by one, with a history that survives any end."""
