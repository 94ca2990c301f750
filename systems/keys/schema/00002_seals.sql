-- +goose Up
-- A seal that one administrator asked for and a second one has to agree to. Its
-- number is that of the act of asking.
create table keys_seal (
  id      bigint not null primary key,
  body    text   not null,
  origin  text   not null, -- here: this node's authority; outside: another's, to a request made here
  asked   bigint not null,
  at      bigint not null,
  expires bigint not null,
  state   text   not null, -- open, given, refused
  second  bigint not null, -- who answered; 0: nobody yet
  decided bigint not null
);
create unique index keys_seal_once on keys_seal (body) where state = 'open';
create index keys_seal_body on keys_seal (body, id);

-- The body whose seal is set; '' a person's own signature. What is signed: a PDF,
-- or any file that the signature stands beside (cms).
alter table keys_signing add column body text not null default '';
alter table keys_item add column form text not null default 'pdf';
