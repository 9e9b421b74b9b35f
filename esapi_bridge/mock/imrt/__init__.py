"""Clinical-like IMRT plans: whom to plan on, objectives, optimised fluence, delivery, and what became of it."""
