-- Bodies too large for the log, sealed with the key of their day. The log holds the digest.
create table body (
    digest bytea not null check (length(digest) = 32), -- SHA-256 of the plaintext
    day    date not null,                              -- UTC, of the key
    sealed bytea not null,
    primary key (digest, day)
);

-- Ciphertext does not compress.
alter table body alter column sealed set storage external;

create index body_of_day on body (day);
