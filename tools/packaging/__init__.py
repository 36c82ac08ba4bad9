"""`make package`: the zip that Lambda runs and its SAM template, small, the same from the same sources, and proven."""
