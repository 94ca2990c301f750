-- +goose Up
drop table sync_heard; -- every way of reporting is heard now, not this one alone

-- What a body says it handled in a span of days, compared with what is here.
create table sync_statement (
  id      bigint not null primary key,
  body    text   not null,
  first   text   not null, -- days on which its dossiers were opened
  last    text   not null,
  at      bigint not null,
  said    bigint not null, -- dossiers of the body's account
  here    bigint not null, -- dossiers here of those days
  differs bigint not null, -- when it was compared
  rest    bigint not null -- differences that are not kept one by one
);
create index sync_statement_body on sync_statement (body, id);

-- Its differences that are still there. They vanish when a later line settles them.
create table sync_difference (
  statement     bigint not null,
  n             bigint not null,
  code          text   not null,
  body          text   not null,
  what          text   not null,
  there_version bigint not null,
  there_state   bigint not null,
  here_version  bigint not null,
  here_state    bigint not null,
  primary key (statement, n)
);

-- Silence and drift of a body: noticed, and over (0: not yet).
create table sync_alarm (
  id    bigint not null primary key,
  body  text   not null,
  what  text   not null,
  since bigint not null,
  ended bigint not null
);
create unique index sync_alarm_open on sync_alarm (body, what) where ended = 0;

-- +goose Down
drop table sync_alarm;
drop table sync_difference;
drop table sync_statement;
create table sync_heard (body text not null primary key, at bigint not null);
