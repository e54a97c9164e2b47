"""Model versions in Triton's repository: listed, promoted, published, rolled back."""
