"""The desk's phone line: who takes calls, and what calls there were."""
