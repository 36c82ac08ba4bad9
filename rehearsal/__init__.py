"""`make rehearse`: the package deployed by its own template into the embedded engine, and the main job walked there."""
