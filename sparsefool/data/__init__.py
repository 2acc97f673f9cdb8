"""Pictures: uploads, the labelled galleries, and the full data sets."""
