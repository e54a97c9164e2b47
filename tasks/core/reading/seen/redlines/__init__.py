"""Find what a redline struck or inserted: drawn bars, annotations, letters typed over others."""
