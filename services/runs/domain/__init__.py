"""The rules about runs, pure and in the words of the product."""
