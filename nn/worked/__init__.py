"""The five sets of handwritten notes, each computed by the engine."""
