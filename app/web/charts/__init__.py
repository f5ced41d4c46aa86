"""Charts of staff pages: one Vega-Lite specification, an image made of it on the server, and its table.

`rendering` makes and serves images; `trends`, `actors` and `regions` build specifications; `axes` rounds their bounds.
"""
