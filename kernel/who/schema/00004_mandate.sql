-- +goose Up
-- A mandate before this was that of who represents an organisation: in all, for good.
alter table mandate add column head int not null default 1;
alter table mandate add column services text not null default '';
alter table mandate add column powers text not null default '';
alter table mandate add column state text not null default 'accepted';
create index mandate_org on mandate (org);

-- +goose Down
drop index mandate_org;
alter table mandate drop column state;
alter table mandate drop column powers;
alter table mandate drop column services;
alter table mandate drop column head;
