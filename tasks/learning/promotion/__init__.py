"""Compare a trained model with the serving one, and decide whether it is published."""
