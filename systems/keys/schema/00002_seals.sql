-- +goose Up
-- The body whose seal is set; '' a person's own signature. What is signed: a PDF,
-- or any file that the signature stands beside (cms).
alter table keys_signing add column body text not null default '';
alter table keys_item add column form text not null default 'pdf';
