"""Every setting of Legion, typed. Read from the environment and `.env`; `.env.example` lists them all.

A wrong or missing value stops the start with one JSON line on stderr that names it (`load`).
"""

from __future__ import annotations

import hmac
import re
import sys
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn
from urllib.parse import quote

import orjson
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.edge.config import EdgeConfig
from api.edge.lease import Limit
from api.edge.rules import parse_rules
from domain.kernel.errors import InvalidInput, Misconfigured
from gateways.autentique.client import AutentiqueClient
from gateways.chat.prices import Prices, parse_prices
from gateways.http import Timeouts
from gateways.mail.mail import sender_of
from gateways.mail.mailer import Mailer, SmtpServer, Tls
from gateways.meta.client import GRAPH
from vault.kek import KeyEncryptionKeys

PREFIX: Final = "LEGION_"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
"""Neither `*` nor `null`: what any page may claim to be is nobody."""

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """One field is one environment variable `LEGION_<NAME>`. Units stand in the names (`_ms`, `_s`)."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    # --- the log
    kafka_bootstrap: str = Field(description="host:port[,host:port] of the Kafka-compatible log")
    topic_prefix: str = Field(default="legion.", description="prefix of the five topics")
    partitions: int = Field(default=12, ge=1, le=1024, description="partitions of [ingress], [commands], [events]")
    single_node: bool = Field(default=True, description="true: one broker, fsync each event; false: replicated by 3")

    # --- PostgreSQL: read databases (one a generation) and the vault
    postgres_host: str = Field(description="host of the PostgreSQL server")
    postgres_port: Port = Field(description="port of the PostgreSQL server")
    postgres_admin_user: str = Field(default="postgres", description="role that makes databases and roles")
    postgres_admin_password: SecretStr | None = Field(
        default=None, description="its password; only the set-up steps and rebuild need it"
    )
    postgres_role_secret: SecretStr = Field(description="passwords of Legion's own roles are derived from it")

    # --- the vault
    vault_keks: SecretStr = Field(description="key-encryption keys, `id:base64(32 bytes)[,id:…]`, the first is current")

    # --- ClickHouse
    clickhouse_host: str = Field(description="host of ClickHouse's HTTP interface")
    clickhouse_port: Port = Field(description="port of ClickHouse's HTTP interface")
    clickhouse_user: str = Field(default="legion", description="login that may write")
    clickhouse_password: SecretStr = Field(description="its password")
    clickhouse_database: str = Field(default="legion", description="database of the analytics tables")

    # --- the API
    api_host: str = Field(default="127.0.0.1", description="address the API listens on")
    api_port: Port = Field(default=18080, description="port the API listens on")
    api_public_url: str = Field(default="", description="how providers reach the API; empty: http://host:port")
    cors_origins: str = Field(default="", description="comma-separated origins that browsers may call the API from")
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="addresses and networks, comma-separated, whose X-Forwarded-For and country header count",
    )
    country_header: str = Field(
        default="CF-IPCountry", pattern="^[A-Za-z0-9-]+$", description="where a trusted proxy says the client's country"
    )
    rate_address: int = Field(default=100, ge=1, description="calls in a minute from one address without login")
    rate_caller: int = Field(default=3000, ge=1, description="calls in a minute of one user or key")
    rate_company: int = Field(default=12000, ge=1, description="calls in a minute of all callers of one company")
    rate_instance: int = Field(
        # 2,000/s: no phone makes that, a provider in a loop does (its retries end after 20 minutes).
        default=120000,
        ge=1,
        description="webhooks in a minute of one channel instance in one process; more are 503, and come again",
    )
    request_rules: str = Field(
        default="", description="request rules as a JSON list, or the path of a file that holds it (api/edge/rules.py)"
    )
    command_wait_ms: int = Field(default=5000, ge=0, le=60000, description="how long a call waits for its outcome")

    # --- the providers
    evolution_url: str = Field(description="base URL of the Evolution API")
    evolution_api_key: SecretStr = Field(description="its global key")
    openai_url: str = Field(default="https://api.openai.com/v1", description="base URL of an OpenAI-compatible API")
    openai_api_key: SecretStr = Field(description="its key")
    openai_model: str = Field(default="gpt-4o-mini", description="model of Centurions that name none")
    ai_prices: str = Field(
        # developers.openai.com/api/docs/pricing, standard tier, November 2026
        default="gpt-4o-mini=0.15/0.60,gpt-4o=2.50/10,gpt-4.1-mini=0.40/1.60,gpt-4.1=2/8,gpt-5-mini=0.25/2",
        description="`model=prompt/completion[,…]` in US dollars for a million tokens; for others the cost is 0",
    )
    meta_url: str = Field(default=GRAPH, description="base URL of Meta's Graph API")
    ai_timeout_ms: int = Field(default=30000, ge=100, description="time-out of one AI call")
    send_timeout_ms: int = Field(default=15000, ge=100, description="time-out of one send to a provider")
    autentique_url: str = Field(
        default="https://api.autentique.com.br",
        description="base URL of Autentique; each company has a token of its own",
    )
    autentique_timeout_ms: int = Field(
        # The upload of a file of some MB through a slow line, and the provider's own work with it.
        default=60000,
        ge=1000,
        le=120000,
        description="time-out of one call to Autentique",
    )
    dlq_alarm: int = Field(default=20, ge=0, description="alarm when more dead letters than this wait for somebody")
    late_after_s: int = Field(default=7200, ge=60, description="older messages open no turn but ask for a human")

    # --- mail
    smtp_host: str = Field(default="", description="host of the mail server; empty: no mail is sent, invitations wait")
    smtp_port: Port = Field(default=587, description="its port")
    smtp_user: str = Field(default="", description="login at it; empty: none")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="its password")
    smtp_tls: Tls = Field(
        default=Tls.STARTTLS,
        description="`starttls`, `tls` from the first byte (port 465), or `none`: no password then",
    )
    smtp_timeout_ms: int = Field(
        # A mail is one sender's for a minute (vault/accounts/mails.py).
        default=15000,
        ge=100,
        le=45000,
        description="time-out of handing over one mail",
    )
    mail_from: str = Field(
        default="", validate_default=True, description="`Name <address>` of who writes; needed with smtp_host"
    )
    console_url: str = Field(default="", description="base URL of the pages that mails link to; empty: the API's")
    mail_sink_url: str = Field(default="", description="the demo's mail sink, for `legion mails`; empty: there is none")

    # --- the signer
    signer_dir: Path | None = Field(default=None, description="folder of its key and file; empty: in the data dir")
    signer_every_s: float = Field(default=60, ge=0.1, description="seconds between checkpoints while something happens")

    # --- the writer
    writer_memory_kib: int = Field(
        default=65536, ge=64, description="KiB of streams kept at hand for each partition; less reads the journal more"
    )

    # --- the processes
    data_dir: Path = Field(default=Path(".legion"), description="where local data, keys and tokens are kept")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least level logged")
    demo: bool = Field(default=False, description="true: the API can write as a lead through the Evolution simulator")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Prometheus port of a worker process; 0: none")

    @field_validator("vault_keks")
    @classmethod
    def _keks_parse(cls, value: SecretStr) -> SecretStr:
        try:
            _parse_keks(value)
        except Misconfigured as error:
            raise ValueError(error.detail) from None
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_parse(cls, value: str) -> str:
        for number, each in enumerate(_listed(value), 1):
            try:
                ip_network(each)
            except ValueError:
                raise ValueError(f"number {number} is neither an address nor a network") from None
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins_parse(cls, value: str) -> str:
        for number, each in enumerate(_listed(value), 1):
            if not ORIGIN.fullmatch(each):
                raise ValueError(f"number {number} is no origin as browsers write it: scheme://host[:port], no pattern")
        return value

    @field_validator("request_rules")
    @classmethod
    def _rules_parse(cls, value: str) -> str:
        parse_rules(_rules_text(value))
        return value

    @field_validator("ai_prices")
    @classmethod
    def _prices_parse(cls, value: str) -> str:
        parse_prices(value)
        return value

    @field_validator("smtp_tls")
    @classmethod
    def _password_is_not_readable(cls, value: Tls, info: ValidationInfo) -> Tls:
        password: SecretStr | None = info.data.get("smtp_password")
        if value is Tls.NONE and password and info.data.get("smtp_host") not in LOOPBACK:
            raise ValueError("a password needs starttls or tls: anybody on the way could read it")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender_parses(cls, value: str, info: ValidationInfo) -> str:
        if value or info.data.get("smtp_host"):
            try:
                sender_of(value)
            except InvalidInput as error:
                raise ValueError(error.detail) from None
        return value

    @cached_property
    def prices(self) -> Prices:
        """What the models cost."""
        return parse_prices(self.ai_prices)

    @cached_property
    def keks(self) -> KeyEncryptionKeys:
        """The vault's key-encryption keys, the first one current."""
        return _parse_keks(self.vault_keks)

    def autentique(self) -> AutentiqueClient:
        """Of no account. Close it."""
        total = self.autentique_timeout_ms / 1000
        timeouts = Timeouts(connect=min(5.0, total), read=total, total=total)
        return AutentiqueClient("", base_url=self.autentique_url, timeouts=timeouts)

    @property
    def mailer(self) -> Mailer:
        """Of the mail server; without one it says so at each mail."""
        server = SmtpServer(
            host=self.smtp_host,
            port=self.smtp_port,
            user=self.smtp_user,
            password=self.smtp_password.get_secret_value(),
            tls=self.smtp_tls,
            timeout_s=self.smtp_timeout_ms / 1000,
        )
        return Mailer(server, sender_of(self.mail_from) if self.mail_from else None)

    def role_password(self, role: str) -> str:
        """The password of one of Legion's own database roles: HMAC-SHA256(role secret, role), hex."""
        secret = self.postgres_role_secret.get_secret_value().encode()
        return hmac.new(secret, role.encode(), "sha256").hexdigest()

    def dsn(self, role: str, database: str) -> str:
        """libpq URL of one of Legion's own roles."""
        return f"postgresql://{role}:{self.role_password(role)}@{self.postgres_host}:{self.postgres_port}/{database}"

    def admin_dsn(self, database: str = "postgres") -> str:
        """libpq URL of the admin role. Stops the start when its password is not set."""
        if self.postgres_admin_password is None:
            stop_start("POSTGRES_ADMIN_PASSWORD", "is not set, and this step needs it")
        password = quote(self.postgres_admin_password.get_secret_value(), safe="")  # an administrator's: any characters
        user = quote(self.postgres_admin_user, safe="")
        return f"postgresql://{user}:{password}@{self.postgres_host}:{self.postgres_port}/{database}"

    @property
    def signer_folder(self) -> Path:
        """Where the signer keeps its key and its checkpoints."""
        return self.signer_dir or self.data_dir / "signer"

    @cached_property
    def origins(self) -> tuple[str, ...]:
        """Of pages that may call the API from a browser."""
        return _listed(self.cors_origins)

    @cached_property
    def edge(self) -> EdgeConfig:
        """Of the API."""
        return EdgeConfig(
            public_url=self.public_url,
            origins=self.origins,
            proxies=_listed(self.trusted_proxies),
            country_header=self.country_header,
            of_address=Limit("address", self.rate_address),
            of_caller=Limit("caller", self.rate_caller),
            of_company=Limit("company", self.rate_company),
            rules=parse_rules(_rules_text(self.request_rules)),
        )

    @cached_property
    def public_url(self) -> str:
        """Base URL under which providers reach the ingress."""
        return self.api_public_url or f"http://{self.api_host}:{self.api_port}"

    @property
    def own_pages(self) -> bool:
        """What mails link to is the API itself."""
        return not self.console_url

    @cached_property
    def links_url(self) -> str:
        """Base URL of the pages that mails link to, without a slash at its end."""
        return (self.console_url or self.public_url).rstrip("/")


def _listed(value: str) -> tuple[str, ...]:
    """Of what is separated by commas."""
    return tuple(each.strip() for each in value.split(",") if each.strip())


def _rules_text(value: str) -> str:
    """The JSON itself, or what stands in the file of that name. Raises ValueError."""
    if not value or value.lstrip().startswith("["):
        return value or "[]"
    try:
        return Path(value).read_text()
    except OSError as error:
        raise ValueError(f"neither a JSON list nor a file that can be read: {error.strerror}") from None


def _parse_keks(value: SecretStr) -> KeyEncryptionKeys:
    """`id:base64[,id:base64…]` → keys. Raises Misconfigured; its detail names ids, never keys."""
    pairs = [pair.strip().partition(":") for pair in value.get_secret_value().split(",")]
    keys = {id_: text for id_, _, text in pairs}
    return KeyEncryptionKeys.from_settings(keys, pairs[0][0])


def stop_start(setting: str, why: str) -> NoReturn:
    """Ends the process with exit code 78 (EX_CONFIG) and one JSON line that names the setting."""
    line = {"level": "error", "code": "misconfigured", "setting": f"{PREFIX}{setting}", "why": why}
    sys.stderr.write(orjson.dumps(line).decode() + "\n")
    raise SystemExit(78)


def load() -> Settings:
    """The settings of this process, or the end of it. Values are never printed: they may be secrets."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        stop_start(str(first["loc"][0]).upper(), str(first["msg"]))
