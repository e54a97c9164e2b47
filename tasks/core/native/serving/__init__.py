"""Answer requests with a native model, behind Triton or in this process."""
