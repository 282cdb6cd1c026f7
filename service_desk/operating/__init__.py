"""Running a desk: the operators' commands, and the process supervisor of `service-desk up`."""
