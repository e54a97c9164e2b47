"""The pages of the review: the queue, one item with its page, and what a person decides about it."""
