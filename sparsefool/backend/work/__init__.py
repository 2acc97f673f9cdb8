"""The queue: jobs of sessions, the workers of each device, and which device gets a job."""
