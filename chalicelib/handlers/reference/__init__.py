"""Names, lists and texts for the pages."""
