"""Charts of staff pages: one Vega-Lite specification, an image made of it on the server, and its table."""
