"""The processes that parse files, under limits, and the pool that keeps them."""
