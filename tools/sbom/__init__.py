"""What the zip and the pages consist of: CycloneDX documents, and the licences that allow shipping it."""
