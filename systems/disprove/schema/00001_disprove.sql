-- +goose Up
-- A proof of level that an official says is wrong, and what a second one said: a
-- working row. Both, and the end of the proof, stand in acts.
create table disprove_case (
	id     bigint not null primary key,
	person bigint not null,
	proof  bigint not null,
	way    text   not null,
	body   text   not null, -- whose officials say so
	why    text   not null,
	by     bigint not null,
	made   bigint not null,
	second bigint not null, -- who answered, 0: nobody yet
	state  text   not null, -- open, done, refused
	ended  bigint not null
);
create index disprove_case_body on disprove_case (body, state);
create index disprove_case_person on disprove_case (person);

-- +goose Down
drop table disprove_case;
