"""Background work: a job is a row written in the business transaction, run later by a worker, at least once."""
