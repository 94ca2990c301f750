-- +goose Up
-- Acts that have no number yet; a row is written in its act's transaction.
create table ledger_open (
  act  bigint not null primary key,
  leaf bytea  not null
);

-- The entries of the tree in its order, without gaps from 0.
create table ledger_entry (
  n    bigint not null primary key,
  act  bigint not null,
  leaf bytea  not null
);
create unique index ledger_entry_act on ledger_entry (act);

-- The hashes of the tree, 256 side by side; id is level << 48 | place within the level.
create table ledger_tile (
  id     bigint not null primary key,
  hashes bytea  not null
);

-- One row: how many entries the tree has. Who advances it owns the numbers he passed.
create table ledger_size (
  one bigint not null primary key,
  n   bigint not null
);
insert into ledger_size (one, n) values (1, 0);

create table ledger_checkpoint (
  size bigint not null primary key,
  note text   not null,
  at   bigint not null
);
