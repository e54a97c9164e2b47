"""What leaves the house: lists for the HTTP interface, and what was delivered to the results prefix."""
