"""The pages in a browser, over a running sandbox."""
