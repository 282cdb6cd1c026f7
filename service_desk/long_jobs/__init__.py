"""Work that a person started and waits for, longer than a request may take: it has progress, can be
cancelled and, after an error, retried. Its outcome is a file. What is worked out, features say."""
