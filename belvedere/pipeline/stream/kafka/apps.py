"""The tables of the stream, in the cluster profile alone."""

from django.apps import AppConfig


class KafkaStreamConfig(AppConfig):
    """Named apart: `kafka` alone says too little in a list of tables."""

    name = "belvedere.pipeline.stream.kafka"
    label = "kafka_stream"
