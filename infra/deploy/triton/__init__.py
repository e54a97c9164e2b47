"""Model repositories of Triton: the shipped native models, vLLM and TensorRT-LLM."""
