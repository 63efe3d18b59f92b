-- Of two indexes that cost the same, PostgreSQL takes the one made last. While the table is small, or nobody has
-- gathered its statistics, all of them cost the same for the question whether a message was sent before, and with any
-- other the answer reads the whole box, for as long as a connection keeps the plan.
drop index message_random;
create unique index message_random on message (box_id, from_id, random_id);
