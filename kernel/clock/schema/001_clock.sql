-- +goose Up
-- What bodies decided about their own days and hours; the calendar of the country is a file.
create table clock_edit (
  id      bigint  not null primary key,
  body    text    not null,
  day     text    not null,
  to_day  text    not null,
  works   boolean not null,
  name    text    not null, -- JSON: language to text
  for_day text    not null,
  hours   text    not null, -- 480-720 780-1020: minutes of the day
  cutoff  bigint  not null,
  source  text    not null
);
create index clock_edit_body on clock_edit (body, id);
