-- +goose Up
-- A question that has no answer goes to the back, each time for longer, so that
-- those behind it are asked.
alter table behalf_ask add column next bigint not null default 0; -- when a representative is asked about again
alter table behalf_ask add column missed int not null default 0; -- how often in a row there was no answer
update behalf_ask set next = checked + 86400000000;
drop index behalf_ask_checked;
create index behalf_ask_next on behalf_ask (state, next);

-- +goose Down
drop index behalf_ask_next;
create index behalf_ask_checked on behalf_ask (state, checked);
alter table behalf_ask drop column next;
alter table behalf_ask drop column missed;
