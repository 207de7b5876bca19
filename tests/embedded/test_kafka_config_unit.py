"""A broker's listeners: whoever comes in by a door is told to come back by it."""

from __future__ import annotations

from pathlib import Path

from embedded.kafka import argv
from embedded.kafka_config import Door, KafkaConfig, properties, server_argv


def test_without_doors_there_is_one_way_in() -> None:
    made = properties(KafkaConfig(Path("d"), 9000, 9001))
    assert made["listeners"] == "PLAINTEXT://127.0.0.1:9000,CONTROLLER://127.0.0.1:9001"
    assert made["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9000"


def test_a_door_listens_at_one_port_and_is_known_by_another() -> None:
    config = KafkaConfig(Path("d"), 9000, 9001, doors=(Door(9100, 9200), Door(9101, 9201)))
    made = properties(config)
    assert made["listeners"].endswith(",DOOR0://127.0.0.1:9100,DOOR1://127.0.0.1:9101")
    assert made["advertised.listeners"].endswith(",DOOR0://127.0.0.1:9200,DOOR1://127.0.0.1:9201")
    assert made["listener.security.protocol.map"].endswith(",DOOR0:PLAINTEXT,DOOR1:PLAINTEXT")
    assert argv(config, Path("jars"))[-2:] == ["--door=9100:9200", "--door=9101:9201"]


def test_a_heap_is_taken_whole_or_as_it_is_needed() -> None:
    def told(config: KafkaConfig) -> list[str]:
        return [word for word in server_argv(Path("java"), [], config) if word.startswith(("-Xm", "-XX:+Always"))]

    assert told(KafkaConfig(Path("d"), 9000, 9001, heap_mb=100)) == ["-Xms64m", "-Xmx100m"]
    whole = KafkaConfig(Path("d"), 9000, 9001, heap_mb=100, whole_heap=True)
    assert told(whole) == ["-Xms100m", "-XX:+AlwaysPreTouch", "-Xmx100m"]
    assert "--whole-heap" in argv(whole, Path("jars"))
