-- +goose Up
-- A dangerous role that one administrator asked for. Its number is that of the
-- act of asking; hand is who speaks through an account that is nobody, such as a
-- directory's; confirmed is who confirmed the role in a review since.
create table right_ask (
	id bigint primary key,
	person bigint not null,
	role text not null,
	body text not null,
	until bigint not null,
	by bigint not null,
	hand bigint not null,
	at bigint not null,
	expires bigint not null,
	state text not null,
	second bigint not null,
	decided bigint not null,
	note text not null,
	confirmed bigint not null
);
create unique index right_ask_once on right_ask (person, role, body) where state = 'open';
create index right_ask_body on right_ask (body) where state = 'open';
create index right_ask_person on right_ask (person, decided);
create index right_ask_state on right_ask (state, decided, id);

-- +goose Down
drop table right_ask;
