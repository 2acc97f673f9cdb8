"""One run of SparseFool for a person: request, run, report, files."""
