-- The page from which a visitor came to the support page, or the support page itself: the agent who takes the call sees it.
ALTER TABLE visits ADD COLUMN page TEXT;
