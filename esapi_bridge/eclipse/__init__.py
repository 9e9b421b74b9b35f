"""What works inside Eclipse's process, with the standard library only, and what installs it there."""
