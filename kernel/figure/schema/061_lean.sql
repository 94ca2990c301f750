-- +goose Up
-- The sums once more, in their key's own tree: on SQLite each row stood twice,
-- in the table and in the tree of its key, which is nearly all of it.
alter table figure rename to figure_twice;
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
) /* without rowid */;
insert into figure (top, body, day, kind, channel, measure, count, amount)
  select top, body, day, kind, channel, measure, count, amount from figure_twice order by top, body, day, kind, channel, measure;
drop table figure_twice;

alter table figure_sum rename to figure_sum_twice;
create table figure_sum (
  grain   text   not null,
  period  text   not null,
  scope   text   not null,
  kind    text   not null,
  channel text   not null,
  measure text   not null,
  count   bigint not null,
  amount  bigint not null,
  primary key (grain, period, scope, kind, channel, measure)
) /* without rowid */;
insert into figure_sum (grain, period, scope, kind, channel, measure, count, amount)
  select grain, period, scope, kind, channel, measure, count, amount from figure_sum_twice order by grain, period, scope, kind, channel, measure;
drop table figure_sum_twice;
