"""What `threadbench new` writes: a name enters, the files of a project leave; a kind enters, a scenario leaves.

The texts lie in `templates/`, as they are written but for words in double braces. Imported by the command line.
"""
