"""Running a desk: the commands of operators, and the supervisor behind `service-desk up`."""
