"""Read what form fields and free-text annotations show."""
