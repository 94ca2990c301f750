-- +goose Up
-- What each program over this database counted of tries at its doors, for the others.
create table throttle (
	name text not null,      -- keyed hash of an account, address or network
	program bigint not null, -- a number of its own for each run
	n bigint not null,
	last bigint not null,    -- the last such try
	told bigint not null,    -- when the program wrote the row
	primary key (name, program)
);
create index throttle_told on throttle (told);

-- +goose Down
drop table throttle;
