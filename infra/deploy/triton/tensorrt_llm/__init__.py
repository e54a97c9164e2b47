"""A model repository for TensorRT-LLM, made from NVIDIA's templates."""
