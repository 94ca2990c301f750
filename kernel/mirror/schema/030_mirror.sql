-- +goose Up
-- Dossiers of bodies that keep their own software, as they last reported them.
-- The line is what they said; the columns before it follow from it.
create table mirror (
  id        bigint not null primary key, -- in the order of their coming
  body      text   not null,
  code      text   not null,
  version   bigint not null, -- of the body's own counting
  sum       bigint not null, -- of the line: tells lines of one version apart
  state     bigint not null, -- 1 to 10
  procedure text   not null,
  channel   text   not null,
  owner     bigint not null, -- what rows of one person are found by; 0: he is not known
  name      text   not null, -- of the applicant, folded
  opened    bigint not null,
  due       bigint not null,
  ended     bigint not null,
  changed   bigint not null,
  batch     bigint not null, -- the act that holds the line's hash
  salt      bytea  not null,
  line      text   not null
);
create unique index mirror_code on mirror (code, body);
create index mirror_owner on mirror (owner, id) where owner <> 0;
create index mirror_open on mirror (body, due, id) where ended = 0;

-- One row for every body at the top: who writes its rows holds it meanwhile.
create table mirror_sender (
  body    text   not null primary key,
  batches bigint not null,
  changed bigint not null
);

-- +goose Down
drop table mirror;
drop table mirror_sender;
