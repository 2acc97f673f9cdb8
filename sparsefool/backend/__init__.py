"""Running things for a person: jobs with progress and cancelling, loaded networks, attacks, result files."""
