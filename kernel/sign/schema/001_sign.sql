-- +goose Up
-- Certificates of this node with their sealed secret keys; the root's key is
-- empty here, because it is kept apart.
create table sign_key (
  id      bigint not null primary key,
  kind    text   not null,
  issuer  bigint not null,
  serial  text   not null,
  number  text   not null, -- of the certificate, hexadecimal
  cert    bytea  not null,
  sealed  bytea  not null,
  revoked bigint not null,
  reason  text   not null
);
create unique index sign_key_number on sign_key (number);
create index sign_key_serial on sign_key (serial);

-- Other secrets of this node, sealed as keys are.
create table sign_secret (
  name   text  not null primary key,
  sealed bytea not null
);
