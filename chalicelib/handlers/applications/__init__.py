"""The pages of applicants: drafts, applications, persons, files, and the replies about them."""
