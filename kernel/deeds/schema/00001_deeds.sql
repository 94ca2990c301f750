-- +goose Up
-- What administrators did, as the ledger has it: read from it, and written anew
-- from the first entry on where at says 0.
create table deed (
	act bigint primary key,
	n bigint not null,
	what text not null,
	at bigint not null,
	by bigint not null,
	about bigint not null,
	body text not null,
	says text not null
);
create index deed_body on deed (body, n);
create index deed_by on deed (by, n);
create unique index deed_n on deed (n);

create table deed_at (
	one bigint primary key,
	n bigint not null
);
insert into deed_at (one, n) values (1, 0);

-- +goose Down
drop table deed;
drop table deed_at;
