"""Fits the native models on CUAD's training contracts. Needs the extra `train`; nothing here runs at inference."""
