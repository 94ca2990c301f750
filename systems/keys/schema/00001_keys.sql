-- +goose Up
-- Results that wait for the own signature of who decided.
create table keys_wait (
  act     bigint not null primary key,
  dossier bigint not null,
  person  bigint not null,
  at      bigint not null
);
create index keys_wait_person on keys_wait (person, act);
create index keys_wait_dossier on keys_wait (dossier);

-- A signing: what one person confirms at once, and what became of each.
create table keys_signing (
  id        bigint not null primary key,
  person    bigint not null,
  level     text   not null, -- the least that the confirmation must reach
  digest    text   not null, -- of what is confirmed, hexadecimal
  made      bigint not null,
  matter    bigint not null, -- the confirmation asked for; 0: none yet
  confirmed bigint not null, -- 0: not yet
  manifest  text   not null, -- the lines that were confirmed, signed: CMS in base64; '' until then
  ended     bigint not null
);
create index keys_signing_person on keys_signing (person, id);
create index keys_signing_matter on keys_signing (matter);

create table keys_item (
  signing  bigint not null,
  nth      bigint not null,
  key      bigint not null,
  dossier  bigint not null, -- 0: a document of the person's own
  act      bigint not null,
  title    text   not null,
  prepared text   not null, -- content
  digest   text   not null,
  state    text   not null, -- waits, done, failed
  why      text   not null, -- of failed: a sentence's key
  signed   text   not null, -- content
  primary key (signing, nth)
);

-- What two administrators stop or let go on.
create table keys_halt (
  id     bigint not null primary key,
  body   text   not null,
  what   text   not null,
  go     bigint not null, -- 1: let it go on again
  why    text   not null,
  asked  bigint not null, -- the first administrator
  name   text   not null,
  at     bigint not null,
  agreed bigint not null, -- the second; 0: nobody yet
  second text   not null,
  done   bigint not null
);
