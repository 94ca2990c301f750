-- +goose Up
-- What each act changed, not yet added up. An act writes one row and touches no row of another.
create table figure_open (
  id      bigint  not null primary key, -- of the act
  day     text    not null,
  body    text    not null,
  kind    text    not null,
  channel text    not null,
  was     text    not null,
  now     text    not null,
  opened  boolean not null,
  ended   boolean not null,
  late    boolean not null
);

-- The sums. Only Fold writes here.
create table figure (
  day     text   not null,
  body    text   not null,
  kind    text   not null,
  channel text   not null,
  measure text   not null,
  count   bigint not null,
  primary key (day, body, kind, channel, measure)
);
