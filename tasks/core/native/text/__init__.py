"""Text as the native models see it: lines, units, words, cues, typed values."""
