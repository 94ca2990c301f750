-- +goose Up
-- What a person is about to sign, or has signed, of a draft: a working row until
-- the draft is filed.
create table signed (
  draft    bigint not null primary key,
  person   bigint not null,
  what     text   not null, -- what the paper is called
  filed    text   not null, -- dossier.Filed.Sum of what the paper says
  least    text   not null, -- level that the confirmation has to reach
  key      bigint not null,
  prepared text   not null, -- content: the paper without the signature
  digest   text   not null, -- of what the signature will cover, hexadecimal
  matter   bigint not null, -- the confirmation asked for; 0: he signs with a tool of his own
  level    text   not null, -- that he confirmed with; '': not yet
  way      text   not null,
  paper    bigint not null  -- file: the signed paper; 0: not yet
);
create index signed_matter on signed (matter);
create index signed_person on signed (person);
