"""sib: outcomes of social impact bonds, turned into payments."""
