"""The rules about people, teams and keys, in the product's words and without any I/O."""
