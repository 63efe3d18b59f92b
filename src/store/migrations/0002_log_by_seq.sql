-- The changes of a box outside pts after a certain one: what a node reads when their doorbells have not come.
create index update_log_seq on update_log (box_id, seq) where seq > 0;
