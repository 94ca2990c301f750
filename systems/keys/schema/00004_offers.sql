-- +goose Up
-- A certificate of another authority that a person says is his, until he has shown by a
-- signature over says that he has its key.
create table keys_offer (
  id     bigint not null primary key,
  person bigint not null,
  body   text   not null, -- for which he will sign; '' for himself
  certs  bytea  not null, -- DER, one after the other, his first
  says   text   not null,
  made   bigint not null
);
create index keys_offer_person on keys_offer (person, made);

-- +goose Down
drop table keys_offer;
