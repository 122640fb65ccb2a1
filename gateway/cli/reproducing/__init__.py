"""`cordee reproduce`: what a run was made of, brought into a folder, checked and run again."""
