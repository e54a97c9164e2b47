"""What work costs: tokens, prices, sums, and the budgets that limit it."""
