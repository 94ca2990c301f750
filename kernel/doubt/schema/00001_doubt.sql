-- +goose Up
-- Which proofs of who somebody is were wrong, and from when to when he filed under
-- them. Who says so, why and when stands in the two acts alone.
create table doubt (
	said   bigint not null primary key, -- the act of the first official, with the reason
	agreed bigint not null, -- the act of the second one, which took the proof back
	person bigint not null,
	since  bigint not null,
	ended  bigint not null,
	told   bigint not null -- when those who handle what he filed were told; 0: not yet
);
create index doubt_person on doubt (person);

-- +goose Down
drop table doubt;
