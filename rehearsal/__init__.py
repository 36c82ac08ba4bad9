"""`make rehearse`: deploys the package by its own template into the embedded engine and runs the scenario there."""
