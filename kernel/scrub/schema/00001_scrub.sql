-- +goose Up
-- One row: the round that is under way, and the last one that ended.
create table scrub (
	one bigint primary key,
	n bigint not null,      -- the next entry of the ledger
	began bigint not null,  -- 0: no round is under way
	acts bigint not null,
	files bigint not null,
	last_began bigint not null,
	last_ended bigint not null,
	last_acts bigint not null,
	last_files bigint not null
);
insert into scrub (one, n, began, acts, files, last_began, last_ended, last_acts, last_files) values (1, 0, 0, 0, 0, 0, 0, 0, 0);

-- What was found to be other than recorded, each thing once; seen is the last round that saw it.
create table scrub_found (
	what text primary key,
	first bigint not null,
	seen bigint not null
);

-- +goose Down
drop table scrub;
drop table scrub_found;
