"""Past waves: a file of microdata (CSV, SPSS) is mapped to a version, reviewed by a person, and becomes a wave."""
