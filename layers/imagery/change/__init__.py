"""What changed between two scenes, measured. Each method is one file here, found by its name."""
