"""Training of the small networks: recipes, the trainer, evaluation, export."""
