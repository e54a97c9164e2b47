"""Contracts that give orders to the models that read them, and models that obey: what still must hold."""
