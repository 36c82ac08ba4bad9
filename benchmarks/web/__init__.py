"""What the pages cost, beside pages of the same content made with component libraries."""
