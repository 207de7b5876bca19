-- How often somebody called, in the window that runs: shared between processes, gone with a crash of the server, in no
-- backup. Half of a page stays free, so that a count that grows finds its place beside itself.

create unlogged table rate (
    key        text primary key,
    hits       bigint not null,
    expires_at timestamptz not null
) with (fillfactor = 50);
