-- +goose Up
-- Where an authority outside says which of its certificates it revoked, and when
-- to ask there next. cert is the issuer's certificate, by whose key the list is signed.
create table list_source (
  url    text   not null primary key,
  issuer text   not null, -- SHA-256 of cert, hexadecimal
  cert   bytea  not null,
  due    bigint not null,
  tried  bigint not null, -- 0: never
  why    text   not null  -- the last try failed; '': it did not
);

-- Every list that was fetched or brought: what was known when.
create table list_kept (
  sum    text   not null primary key, -- SHA-256 of der, hexadecimal
  issuer text   not null,
  began  bigint not null, -- thisUpdate
  ends   bigint not null, -- nextUpdate
  at     bigint not null, -- when it came
  leads  bigint not null, -- 1: the first of its month, which stays
  der    bytea  not null
);
create index list_kept_issuer on list_kept (issuer, began);
