"""What accompanies every page: prepared views, the keys, the glossary, and the tour of a first visit."""
