-- +goose Up
-- Another phone or mail that a person wants: a working row. What became of it
-- stands in acts.
create table contact_new (
  id        bigint not null primary key,
  person    bigint not null,
  kind      text   not null, -- sms, mail
  recipient text   not null,
  state     text   not null, -- asked, waits, done, stopped
  made      bigint not null,
  due       bigint not null, -- when it becomes his by itself; 0: it has not answered yet
  matter    bigint not null  -- the confirmation asked for, 0: none
);
create index contact_new_person on contact_new (person, id);
create index contact_new_matter on contact_new (matter);
