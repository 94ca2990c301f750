-- +goose Up
-- One row for each act that moved money: what acts of kinds pay/order and
-- pay/money say, so that sums of a day need not read them all.
create table pay_entry (
	act bigint primary key,
	day text not null,
	body text not null,
	dossier bigint not null,
	debit text not null,
	credit text not null,
	amount bigint not null,
	source text not null,
	ref text not null,
	clerk bigint not null,
	at bigint not null
);
create unique index pay_entry_ref on pay_entry (source, ref);
create index pay_entry_day on pay_entry (body, day);

-- Ways that were opened to the hosted page of a payment gateway.
create table pay_attempt (
	id bigint primary key,
	dossier bigint not null,
	payment text not null,
	url text not null,
	amount bigint not null,
	state text not null,
	made bigint not null,
	asked bigint not null
);
create index pay_attempt_dossier on pay_attempt (dossier, id);
create index pay_attempt_state on pay_attempt (state, asked);

-- Lines of the bank's statements as they were read, and what became of each.
create table pay_line (
	ref text primary key,
	body text not null,
	day text not null,
	amount bigint not null,
	payer text not null,
	words text not null,
	outcome text not null,
	dossier bigint not null,
	file text not null,
	at bigint not null
);
create index pay_line_day on pay_line (body, day);

-- The drawer of one clerk on one day.
create table pay_till (
	clerk bigint not null,
	body text not null,
	day text not null,
	opening bigint not null,
	counted bigint not null,
	opened bigint not null,
	closed bigint not null,
	primary key (clerk, body, day)
);

-- +goose Down
drop table pay_entry;
drop table pay_attempt;
drop table pay_line;
drop table pay_till;
