"""The dose task: a plan's coarse dose and CT in, fine dose out."""
