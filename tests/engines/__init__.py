"""The tests of the table on more than one DynamoDB (`make test-engines`)."""
