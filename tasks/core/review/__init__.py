"""What is put to a reviewer, in which order, and what follows from the answer. Pure."""
