"""`make preflight`, `deploy`, `smoke`, `rollback`: a stage in an account of AWS (docs/operations.md, decision 0078)."""
