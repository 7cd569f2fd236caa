"""intake: files come in here; what is not valid goes back to whoever sent it, by row, column and reason."""
