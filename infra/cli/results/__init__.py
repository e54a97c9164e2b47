"""What a user takes out: tables of values, and what is delivered to a bucket."""
