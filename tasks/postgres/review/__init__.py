"""The review in PostgreSQL: the questions, the queue, the decisions, and what is carried over."""
