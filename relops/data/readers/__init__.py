"""Files of every kind as rows of text cells, each with the line its owner sees."""
