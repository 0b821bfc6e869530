"""Kafka Connect: the configuration of a connector, in whatever file it is written, as a job.

`settings` is a configuration without its language; each language has a module that finds configurations in its texts;
`connector` says what a configuration means, with what `sinks` and `errors` know of plugins.
"""
