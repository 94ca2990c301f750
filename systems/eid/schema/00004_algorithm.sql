-- +goose Up
-- With which algorithm a key signs, and with which a party wants its tokens signed.
alter table eid_key add column alg text not null default 'RS256';
alter table eid_party add column alg text not null default 'RS256';

-- +goose Down
alter table eid_party drop column alg;
alter table eid_key drop column alg;
