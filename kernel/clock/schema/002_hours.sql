-- +goose Up
-- Hours may hold on some days of the week, and from one day to another.
alter table clock_edit add column weekdays text not null default ''; -- digits, 0 is Sunday
alter table clock_edit add column from_day text not null default '';
alter table clock_edit add column until_day text not null default '';

-- +goose Down
alter table clock_edit drop column weekdays;
alter table clock_edit drop column from_day;
alter table clock_edit drop column until_day;
