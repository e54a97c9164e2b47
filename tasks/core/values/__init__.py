"""Normal forms of values: dates, money, durations, numbers and booleans."""
