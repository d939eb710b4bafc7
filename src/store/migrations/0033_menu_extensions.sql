-- What callers of a menu may dial instead of a key: domain::menu::Action by its digits, as JSON.
ALTER TABLE menus ADD COLUMN extensions TEXT NOT NULL DEFAULT '{}';
