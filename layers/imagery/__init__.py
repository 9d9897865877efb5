"""Scenes from satellites and drones: taken in safely, drawn as tiles, compared for what changed on the ground.

Only this package opens rasters. What it opens for others is always a file that it wrote itself.
"""
