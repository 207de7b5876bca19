-- A file that is a lead's (a signed contract): it goes with them, and only who sees the lead gets a link to it.
alter table file add column lead text;

create index file_of_lead on file (company, lead) where lead is not null;
