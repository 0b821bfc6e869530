"""What chains of Spark calls do, in whichever language they are written.

`ops` is how a reader of a language hands on a chain; the other modules say what it means.
"""
