"""Training: captures, losses, the MeGA trainer, metrics."""
