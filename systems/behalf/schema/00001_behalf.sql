-- +goose Up
-- What the business register is asked about who represents a business: a working
-- row. What followed stands in the acts of mandates.
create table behalf_ask (
	id      bigint not null primary key,
	person  bigint not null,
	number  text   not null, -- of the business
	mandate bigint not null, -- that rests on the answer; 0: none yet
	state   text   not null, -- open, holds, no, unknown, over (no answer in time), ended
	made    bigint not null,
	checked bigint not null, -- when the register last said yes; 0: never
	tries   int    not null
);
create index behalf_ask_person on behalf_ask (person, made);
create index behalf_ask_checked on behalf_ask (state, checked);

-- +goose Down
drop table behalf_ask;
