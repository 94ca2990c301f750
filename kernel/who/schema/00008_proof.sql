-- +goose Up
-- What a person's level of assurance rests on: each proof until it is withdrawn.
-- Levels of before are one proof each, of which no more is known than the acts say.
create table level_proof (
	id bigint primary key,
	person bigint not null,
	level text not null,
	way text not null,
	ref text not null, -- the passkey; of other ways it stands in the act alone
	body text not null,
	number text not null,
	made bigint not null,
	ended bigint not null
);
create index level_proof_person on level_proof (person, ended);
insert into level_proof (id, person, level, way, ref, body, number, made, ended)
	select id, id, level, '', '', '', coalesce(proven, ''), 0, 0 from person where level <> '';

-- +goose Down
drop table level_proof;
