"""Fields without a trained head: what a schema says of them, and which words of a text fit."""
