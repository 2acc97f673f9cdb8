"""What the engine costs: speed against competitors, profiles, scaling, warm starts."""
