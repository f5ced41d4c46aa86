"""The pure core: what is asked, to whom, and what a valid answer is. No input or output, no framework."""
