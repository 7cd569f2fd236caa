"""arrows: one function per arrow of the line, each a file; they join rooms, and nothing else may."""
