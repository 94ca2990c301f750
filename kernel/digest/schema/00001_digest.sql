-- +goose Up
-- The last reading that an entry of the ledger speaks for.
create table digest (
	one bigint primary key,
	upto bigint not null
);
insert into digest (one, upto) values (1, 0);

-- +goose Down
drop table digest;
