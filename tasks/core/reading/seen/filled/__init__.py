"""Place filled-in words in the lines in which they stand."""
