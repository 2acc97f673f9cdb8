"""One attack on one picture: request, run, report, files."""
