"""The models as files: which versions lie in Triton's model repository, which serves, and what may become the next one."""
