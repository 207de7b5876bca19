"""Ports of the embedded stack. Each is one environment variable; `LEGION_STACK_PORT_BASE` moves them all."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from cli.settings import stop_start
from embedded.ports import require_free

PREFIX: Final = "LEGION_STACK_"
BASE: Final = 18080
"""Below the kernel's ephemeral range (32768…): inside it a retrying client can take the port of a server."""

Offset = Annotated[int, Field(ge=1024, le=32767)]


class StackPorts(BaseSettings):
    """Where each part listens on loopback. Defaults follow from port_base."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore")

    port_base: Offset = BASE
    api_port: Offset | None = None
    evolution_port: Offset | None = None
    openai_port: Offset | None = None
    kafka_port: Offset | None = None
    kafka_controller_port: Offset | None = None
    postgres_port: Offset | None = None
    clickhouse_port: Offset | None = None
    mail_port: Offset | None = None
    smtp_port: Offset | None = None
    autentique_port: Offset | None = None
    meta_port: Offset | None = None

    def resolved(self) -> dict[str, int]:
        """Part → port, in the order of the fields."""
        names = [name for name in type(self).model_fields if name != "port_base"]
        return {
            name.removesuffix("_port"): getattr(self, name) or self.port_base + index
            for index, name in enumerate(names)
        }


def load_ports() -> dict[str, int]:
    """The ports, each free to bind. A wrong value stops the start; a taken port raises embedded's PortUnavailable,
    which names the variable to set."""
    try:
        ports = StackPorts().resolved()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        stop_start("STACK_" + str(first["loc"][0]).upper(), str(first["msg"]))
    for part, port in ports.items():
        require_free(port, setting=f"{PREFIX}{part.upper()}_PORT")
    return ports
