-- +goose Up
-- Why a key was revoked, by the numbers of RFC 5280, and whose body it signs for ('' nobody's).
alter table sign_key add column cause bigint not null default 0;
alter table sign_key add column body text not null default '';

-- The list of revoked certificates of an issuer, as it was last signed.
create table sign_list (
  issuer bigint not null primary key,
  number bigint not null,
  made   bigint not null,
  der    bytea  not null
);

-- Every time stamp that was given: the numbers have no gap.
create table sign_clock (
  one    bigint not null primary key,
  serial bigint not null
);
insert into sign_clock (one, serial) values (1, 0);
create table sign_stamp (
  serial bigint not null primary key,
  at     bigint not null,
  digest text   not null -- hexadecimal
);

-- Where signing or issuing is stopped: in a body, or everywhere ('').
create table sign_stop (
  body  text   not null,
  what  text   not null,
  since bigint not null,
  why   text   not null,
  primary key (body, what)
);

-- Every use of a person's key: what he confirmed, and how surely.
create table sign_use (
  id     bigint not null primary key,
  key    bigint not null,
  digest text   not null, -- hexadecimal
  what   text   not null,
  level  text   not null,
  way    text   not null,
  at     bigint not null,
  done   bigint not null -- when it was signed; 0: not yet
);
create unique index sign_use_digest on sign_use (key, digest);

-- Keys made here for a certificate that somebody else will issue.
create table sign_wish (
  id     bigint not null primary key,
  serial text   not null,
  sealed bytea  not null,
  csr    bytea  not null,
  made   bigint not null
);
create index sign_wish_serial on sign_wish (serial);

-- Those above a certificate from outside, up to its root, one after the other.
create table sign_chain (
  key   bigint not null primary key,
  certs bytea  not null
);

-- Roots outside that this node trusts.
create table sign_root (
  sum  text   not null primary key, -- SHA-256, hexadecimal
  cert bytea  not null,
  at   bigint not null
);
