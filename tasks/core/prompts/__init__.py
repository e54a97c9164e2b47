"""Prompts for language models: the English and Chinese texts in `vN/`, filled for a chunk."""
