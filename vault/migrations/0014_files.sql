-- What a company uploaded. The content is sealed with a key of its own, so that wrapping anew never touches it.
create table file (
    id         text primary key,
    company    text not null,
    name       text not null,          -- the company's words, in the clear as an instance's name is
    media_type text not null,
    size       integer not null check (size > 0), -- bytes of the plaintext
    sha256     bytea not null check (length(sha256) = 32), -- of the plaintext
    made_by    text not null,          -- the actor: kind:id
    made_at    timestamptz not null default clock_timestamp(),
    wrapped    bytea not null,         -- the file's key
    wrapped_kek bytea generated always as (substring(wrapped for 1 + get_byte(wrapped, 0))) stored
        references key_encryption_key (name) deferrable initially deferred, -- as in `live_keys`
    sealed     bytea not null          -- the content
);

-- Ciphertext does not compress.
alter table file alter column sealed set storage external;

create index file_of_company on file (company, made_at, id);
