-- +goose Up
-- The sums again, those of one highest body together: whoever asks for a body reads no other's.
-- top is the first group of the body's code.
-- amount is what a measure adds up beside the count: seconds, money.
-- What was added up before stays in figure_before until Open has taken it over.
alter table figure rename to figure_before;
create table figure (
  top     text   not null,
  body    text   not null,
  day     text   not null,
  kind    text   not null,
  channel text   not null,
  measure text   not null,
  count   bigint not null,
  amount  bigint not null,
  primary key (top, body, day, kind, channel, measure)
);
-- The roll-ups: sums over months and whole trees of bodies, so that a front page reads some
-- hundred rows however many dossiers and days there are. grain is one of rolls (roll.go).
create table figure_sum (
  grain   text   not null,
  period  text   not null, -- YYYY-MM, YYYY-MM-DD, '' is ever
  scope   text   not null, -- the first group of the bodies' codes, '' is the country
  kind    text   not null,
  channel text   not null,
  measure text   not null,
  count   bigint not null,
  amount  bigint not null,
  primary key (grain, period, scope, kind, channel, measure)
);

-- What an act changes beside its state: measures with their own day, count and amount (more.go).
alter table figure_open add column more text not null default '';
