"""What goes to a model: the JSON of native models, prompts, and the two questions for a critic."""
