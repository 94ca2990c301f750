-- +goose Up
-- Which program leased a job that was begun: one that is known to be dead leaves its jobs at once (former.go).
alter table job add column holder text not null default '';
