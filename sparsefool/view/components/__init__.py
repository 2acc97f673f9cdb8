"""Front-end components, one folder each: its Python and its HTML, CSS and JavaScript."""
