"""The arq worker: crons that wake sweeps. Only this package knows arq."""
