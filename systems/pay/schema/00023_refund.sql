-- +goose Up
-- Refunds that a clerk asked the gateway for, by the act that asks.
create table pay_refund (
	act bigint primary key,
	dossier bigint not null,
	transaction_id text not null,
	amount bigint not null,
	state text not null,
	made bigint not null,
	asked bigint not null
);
create index pay_refund_state on pay_refund (state, asked);

-- +goose Down
drop table pay_refund;
