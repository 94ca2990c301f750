-- +goose Up
-- Copies that people asked for of their data; ready is 0 until one is made.
create table mydata_copy (
	id bigint primary key,
	person bigint not null,
	made bigint not null,
	ready bigint not null,
	sum text not null,
	size bigint not null
);
create index mydata_copy_person on mydata_copy (person, id);

-- +goose Down
drop table mydata_copy;
