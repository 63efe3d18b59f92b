-- What happens in secret chats is counted in qts, and a secret chat is bound to one device: the count stands for each
-- permanent key of a user. Events of bots are counted in qts too, together for all devices, under key 0. The first
-- change is number 2, because clients hold 1 for a state in which there was none.
create table box_queue (
  box_id  int not null,
  key_id  bigint not null,
  qts     int not null default 1,
  primary key (box_id, key_id)
);

-- A change that counts in qts takes a seq as well, like all others outside pts, and is pushed in that order.
alter table update_log
  add column key_id bigint,
  add column qts int not null default 0;
create index update_log_qts on update_log (box_id, key_id, qts) where qts > 0;
