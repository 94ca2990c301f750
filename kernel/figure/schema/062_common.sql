-- +goose Up
-- The measures that every dossier has stand side by side in one row, whose
-- measure is '': a dossier touches a third fewer rows, a roll-up two thirds.
-- A measure that only some have keeps a row of its own, by its name, with count and amount.
alter table figure rename to figure_each;
create table figure (
  top       text   not null,
  body      text   not null,
  day       text   not null,
  kind      text   not null,
  channel   text   not null,
  measure   text   not null,
  count     bigint not null,
  amount    bigint not null,
  opened    bigint not null,
  ontime    bigint not null,
  late      bigint not null,
  due       bigint not null,
  submitted bigint not null,
  progress  bigint not null,
  action    bigint not null,
  ready     bigint not null,
  closed    bigint not null,
  primary key (top, body, day, kind, channel, measure)
) /* without rowid */;
insert into figure (top, body, day, kind, channel, measure, count, amount, opened, ontime, late, due, submitted, progress, action, ready, closed)
  select top, body, day, kind, channel, measure, count, amount, 0, 0, 0, 0, 0, 0, 0, 0, 0 from figure_each
    where amount <> 0 or measure not in ('opened', 'ontime', 'late', 'due', 'in:submitted', 'in:progress', 'in:action', 'in:ready', 'in:closed')
  union all
  select top, body, day, kind, channel, '', 0, 0,
      sum(case when measure = 'opened' then count else 0 end), sum(case when measure = 'ontime' then count else 0 end),
      sum(case when measure = 'late' then count else 0 end), sum(case when measure = 'due' then count else 0 end),
      sum(case when measure = 'in:submitted' then count else 0 end), sum(case when measure = 'in:progress' then count else 0 end),
      sum(case when measure = 'in:action' then count else 0 end), sum(case when measure = 'in:ready' then count else 0 end),
      sum(case when measure = 'in:closed' then count else 0 end)
    from figure_each
    where amount = 0 and measure in ('opened', 'ontime', 'late', 'due', 'in:submitted', 'in:progress', 'in:action', 'in:ready', 'in:closed')
    group by top, body, day, kind, channel;
drop table figure_each;

alter table figure_sum rename to figure_sum_each;
create table figure_sum (
  grain     text   not null,
  period    text   not null,
  scope     text   not null,
  kind      text   not null,
  channel   text   not null,
  measure   text   not null,
  count     bigint not null,
  amount    bigint not null,
  opened    bigint not null,
  ontime    bigint not null,
  late      bigint not null,
  due       bigint not null,
  submitted bigint not null,
  progress  bigint not null,
  action    bigint not null,
  ready     bigint not null,
  closed    bigint not null,
  primary key (grain, period, scope, kind, channel, measure)
) /* without rowid */;
insert into figure_sum (grain, period, scope, kind, channel, measure, count, amount, opened, ontime, late, due, submitted, progress, action, ready, closed)
  select grain, period, scope, kind, channel, measure, count, amount, 0, 0, 0, 0, 0, 0, 0, 0, 0 from figure_sum_each
    where amount <> 0 or measure not in ('opened', 'ontime', 'late', 'due', 'in:submitted', 'in:progress', 'in:action', 'in:ready', 'in:closed')
  union all
  select grain, period, scope, kind, channel, '', 0, 0,
      sum(case when measure = 'opened' then count else 0 end), sum(case when measure = 'ontime' then count else 0 end),
      sum(case when measure = 'late' then count else 0 end), sum(case when measure = 'due' then count else 0 end),
      sum(case when measure = 'in:submitted' then count else 0 end), sum(case when measure = 'in:progress' then count else 0 end),
      sum(case when measure = 'in:action' then count else 0 end), sum(case when measure = 'in:ready' then count else 0 end),
      sum(case when measure = 'in:closed' then count else 0 end)
    from figure_sum_each
    where amount = 0 and measure in ('opened', 'ontime', 'late', 'due', 'in:submitted', 'in:progress', 'in:action', 'in:ready', 'in:closed')
    group by grain, period, scope, kind, channel;
drop table figure_sum_each;
