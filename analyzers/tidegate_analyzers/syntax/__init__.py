"""One wrapper a parser. Each gives a tree with character spans and the problems met, and never raises."""
