-- +goose Up
-- Accounts that somebody asks back at a counter.
create table recover_case (
	id bigint primary key,
	person bigint not null,
	clerk bigint not null,
	body text not null,
	document text not null,
	kind text not null,
	contact text not null,
	made bigint not null,
	due bigint not null,
	eyes int not null,
	second bigint not null,
	state text not null,
	ended bigint not null,
	looked bigint not null default 0 -- when who got his account back said that whoever may act for him is right; 0: not yet
);
create index recover_case_person on recover_case (person, made);
create index recover_case_body on recover_case (body, state);

-- +goose Down
drop table recover_case;
